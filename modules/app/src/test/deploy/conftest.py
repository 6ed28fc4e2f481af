import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).parents[5]


def checker(folder, program):
    """Has a gateway check settings, with a key in the environment; tells what it said."""

    def check(text, **environment):
        file = folder / "config.json"
        file.write_text(text)
        done = subprocess.run(
            [os.environ[program], "check", "--config", str(file)],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    return check


@pytest.fixture
def check(tmp_path):
    return checker(tmp_path, "OLLAMA_GATEWAY")


@pytest.fixture
def check_full(tmp_path):
    """The same with the image that several gateways take."""
    return checker(tmp_path, "OLLAMA_GATEWAY_FULL")
