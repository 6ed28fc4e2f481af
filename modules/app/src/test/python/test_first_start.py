"""What a newcomer sees: the printed lines work as they stand."""

import json
import os
import shutil
import stat
import subprocess
import sys
import time

import pytest
from gateway import Gateway


@pytest.fixture(scope="module")
def first():
    gateway = Gateway()
    yield gateway
    assert gateway.stop() == 0


def test_says_that_it_is_a_demo_and_listens_last(first):
    assert any(line.startswith("Demo: no model runs") for line in first.output)
    assert first.output[-1].startswith("listening on ")


def test_keeps_the_key_for_its_owner_only_and_its_digest_in_the_settings(first):
    mode = stat.S_IMODE(os.stat(first.folder / "key").st_mode)
    assert mode == 0o600
    keys = json.loads(first.config.read_text())["apiKeys"]
    assert [key["name"] for key in keys] == ["first"]
    assert keys[0]["admin"] is True
    assert first.key not in first.config.read_text()


def test_the_printed_curl_line_streams_words_one_by_one(first):
    if shutil.which("curl") is None:
        pytest.skip("not checked: that the printed curl line works: curl isn't installed")
    line = next(line for line in first.output if line.startswith("curl "))
    process = subprocess.Popen(line, shell=True, stdout=subprocess.PIPE, text=True)
    times = []
    for part in process.stdout:
        json.loads(part)
        times.append(time.monotonic())
    assert process.wait(30) == 0
    assert len(times) > 5
    assert times[-1] - times[0] > 0.2


def test_the_printed_python_lines_work(first):
    start = first.output.index("from ollama import Client\n")
    lines = [line for line in first.output[start:] if not line.startswith("listening on ")]
    result = subprocess.run(
        [sys.executable, "-c", "".join(lines)], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.split()) > 5
