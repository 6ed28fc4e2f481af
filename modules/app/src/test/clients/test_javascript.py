"""The JavaScript packages `ollama` and `openai`."""

import os
import pathlib
import subprocess

import pytest

SCRIPTS = pathlib.Path(__file__).parent / "javascript"


@pytest.mark.parametrize("script", ["ollama.mjs", "openai.mjs"])
def test_answers_and_streams(gateway, script):
    modules = os.environ["JAVASCRIPT_CLIENTS"]
    # Packages are looked for from the script's own place upwards.
    copy = pathlib.Path(modules) / script
    copy.write_text((SCRIPTS / script).read_text())
    done = subprocess.run(
        ["node", str(copy), gateway.url, gateway.key], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ok\n"
