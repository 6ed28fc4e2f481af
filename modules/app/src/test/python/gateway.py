"""A gateway under test: the linked image, started with its demo server on free ports."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import urllib.request

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 40


class Gateway:
    """Starts the image on a free port; `url` and `key` say how to reach it."""

    def __init__(self, demo="--demo", key=None, program=None, **settings):
        # Deleted when this object is.
        self.temporary = tempfile.TemporaryDirectory(prefix="ollama-gateway-test-")
        self.folder = pathlib.Path(self.temporary.name)
        config = {
            "ollamaAddresses": ["http://127.0.0.1:11434"],
            "gatewayAddress": "127.0.0.1:0",
            "logging": True,
            "apiKeys": [],
            "metrics": {"enabled": True},
        }
        config.update(settings)
        self.config = self.folder / "config.json"
        self.config.write_text(json.dumps(config, indent=2))
        self.log = self.folder / "log"
        self.output = []
        self.listening = threading.Event()
        self.process = subprocess.Popen(
            [
                program or os.environ["OLLAMA_GATEWAY"],
                "--config",
                str(self.config),
                "--key-file",
                str(self.folder / "key"),
                demo,
            ],
            stdout=subprocess.PIPE,
            stderr=self.log.open("wb"),
            text=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if not self.listening.wait(START_SECONDS_MAX):
            raise AssertionError("the gateway doesn't start: " + self.log.read_text())
        first = next(line for line in self.output if line.startswith("listening on "))
        self.url = "http://" + first.removeprefix("listening on ").strip()
        # The first one, unless the settings have some.
        self.key = key or (self.folder / "key").read_text().strip()

    def _read(self):
        for line in self.process.stdout:
            self.output.append(line)
            if line.startswith("listening on "):
                self.listening.set()
        self.listening.set()

    def metric(self, name, **labels):
        """The value of the first sample with this name and these labels, 0 if there is none."""
        with urllib.request.urlopen(self.url + "/metrics") as answer:
            text = answer.read().decode()
        for line in text.splitlines():
            sample, _, value = line.rpartition(" ")
            if sample.split("{")[0] == name and all(
                f'{label}="{wanted}"' in sample for label, wanted in labels.items()
            ):
                return float(value)
        return 0.0

    def stop(self):
        """Stops it as an operator would; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS_MAX)
