"""A real Valkey or Redis (7 or newer), started on a free port of this machine and ended with the test."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from ports import free_port

START_SECONDS_MAX = 20

SERVERS = ("valkey-server", "redis-server")


def program(names=SERVERS):
    """Where it is; None when it isn't installed."""
    return next(filter(None, (shutil.which(name) for name in names)), None)


class Store:
    """One server; `url` says how gateways reach it."""

    def __init__(self, *options, port=None):
        self.temporary = tempfile.TemporaryDirectory(prefix="ollama-gateway-store-")
        self.folder = pathlib.Path(self.temporary.name)
        self.port = port or free_port()
        self.options = options
        self.url = f"valkey://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [
                program(),
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--save", "", "--appendonly", "no", "--loglevel", "warning"),
                *self.options,
            ],
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                assert self.ask("PING") in ("PONG", "NOAUTH"), "it answers otherwise"
                return
            except OSError:
                assert time.monotonic() < end, "the store doesn't start"
                time.sleep(0.01)

    def ask(self, *words):
        """One command, and the first line of its answer without what it begins with."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            text = f"*{len(words)}\r\n" + "".join(f"${len(w)}\r\n{w}\r\n" for w in words)
            connection.sendall(text.encode())
            line = connection.makefile("rb").readline().decode().strip()
        if line.startswith("-"):
            return line[1:].split(" ")[0]
        return line[1:]

    def text(self, *words):
        """One command, whose answer is a text; None if there is none."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            text = f"*{len(words)}\r\n" + "".join(f"${len(w)}\r\n{w}\r\n" for w in words)
            connection.sendall(text.encode())
            answer = connection.makefile("rb")
            length = int(answer.readline()[1:])
            return None if length < 0 else answer.read(length).decode()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.resume()
        self.kill()
        self.temporary.cleanup()


def full_image():
    return os.environ["OLLAMA_GATEWAY_FULL"]
