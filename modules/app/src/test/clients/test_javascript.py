"""The JavaScript packages `ollama` and `openai`."""

import os
import pathlib
import subprocess

import pytest

SCRIPTS = pathlib.Path(__file__).parent / "javascript"


@pytest.mark.parametrize("script", ["ollama.mjs", "openai.mjs"])
def test_answers_and_streams(gateway, script):
    run(gateway, script)


def test_signs_of_life_are_read_over(slow_gateway):
    run(slow_gateway, "heartbeat.mjs")
    assert slow_gateway.metric("gateway_heartbeats_total") >= 2


def run(gateway, script):
    modules = os.environ["JAVASCRIPT_CLIENTS"]
    # Packages are looked for from the script's own place upwards.
    copy = pathlib.Path(modules) / script
    copy.write_text((SCRIPTS / script).read_text())
    done = subprocess.run(
        ["node", str(copy), gateway.url, gateway.key], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ok\n"
