import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).parents[5]


@pytest.fixture
def check(tmp_path):
    """Has the gateway check settings, with a key in the environment; returns what it said."""

    def check(text, **environment):
        file = tmp_path / "config.json"
        file.write_text(text)
        done = subprocess.run(
            [os.environ["OLLAMA_GATEWAY"], "check", "--config", str(file)],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    return check
