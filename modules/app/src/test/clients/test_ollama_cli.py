"""Ollama's own command line, which can't send a header: the path carries the key."""

import os
import shutil
import subprocess

import pytest

PROGRAM = os.environ.get("OLLAMA", "ollama")


@pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="`ollama` isn't installed")
def test_lists_and_runs(gateway):
    def ollama(*arguments):
        environment = {**os.environ, "OLLAMA_HOST": f"{gateway.url}/k/{gateway.key}"}
        return subprocess.run(
            [PROGRAM, *arguments], env=environment, capture_output=True, text=True, timeout=60
        )

    listed = ollama("list")
    assert listed.returncode == 0, listed.stderr
    assert "demo" in listed.stdout
    ran = ollama("run", "demo", "Why is the sky blue?")
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.split()) > 3
