"""`ollama-gateway pull` at a terminal and in a script, with servers that take their time."""

import os
import pty
import re
import signal
import subprocess
import threading
import time

import pytest
from gateway import Gateway
from quiet_server import QuietHandler, QuietServer

SECONDS_MAX = 60
LAYER = "sha256:" + "4b0b7d3a" * 8


class PullingServer(QuietServer):
    """Pulls a model in so many steps; `left` is set when the one who asked has gone."""

    def __init__(self, steps):
        left = self.left = threading.Event()

        class Handler(QuietHandler):
            def do_GET(self):
                self.whole({"models": []})

            def do_POST(self):
                self.body()
                self.begin()
                try:
                    self.line({"status": "pulling manifest"})
                    for step in range(steps):
                        part = {"total": steps * 1_000_000, "completed": (step + 1) * 1_000_000}
                        self.line({"status": "pulling 4b0b7d3a4b0b", "digest": LAYER, **part})
                        time.sleep(0.1)
                    self.line({"status": "success"})
                    self.end()
                except OSError:
                    left.set()

        super().__init__(Handler)


@pytest.fixture
def pulling():
    """Starts servers and a gateway before them."""
    begun = []

    def begin(*steps):
        servers = [PullingServer(count) for count in steps]
        begun.extend(servers)
        addresses = ["http://" + server.name for server in servers]
        gateway = Gateway("--demo-if-alone", ollamaAddresses=addresses)
        begun.append(gateway)
        return gateway, servers

    yield begin
    for each in reversed(begun):
        each.stop()


def command(gateway, *more):
    program = os.environ["OLLAMA_GATEWAY"]
    key = str(gateway.folder / "key")
    return [program, "pull", "llama3.2", "--url", gateway.url, "--key-file", key, *more]


def read_until(controller, text):
    """What comes at the terminal up to a text."""
    seen = ""
    while text not in seen:
        seen += os.read(controller, 65536).decode()
    return seen


def read_all(controller):
    """What comes at the terminal until nobody writes there any more."""
    seen = ""
    try:
        while some := os.read(controller, 65536).decode():
            seen += some
    except OSError:
        # How Linux tells the end.
        pass
    os.close(controller)
    return seen


def at_terminal(arguments):
    controller, terminal = pty.openpty()
    environment = {**os.environ, "COLUMNS": "90"}
    process = subprocess.Popen(
        arguments, stdin=terminal, stdout=terminal, stderr=terminal, env=environment
    )
    os.close(terminal)
    return controller, process


def test_bars_grow_in_one_place(pulling):
    gateway, servers = pulling(20, 25)
    controller, process = at_terminal(command(gateway, "--servers", "all"))
    seen = read_all(controller)
    assert process.wait(SECONDS_MAX) == 0

    frames = re.split("\x1b\\[[12]A", seen)
    assert len(frames) > 5
    for server in servers:
        end = re.escape(server.name) + " success +\\[#+\\] 100% "
        assert re.search(end, frames[-1]), frames[-1]
    rows = [line.strip() for frame in frames for line in frame.split("\x1b[K")]
    assert all(len(row) < 90 for row in rows), rows
    shares = [int(share) for row in rows if servers[0].name in row for share in re.findall("(\\d+)%", row)]
    assert shares == sorted(shares) and len(set(shares)) > 5, shares
    assert any(re.search(" \\d:\\d\\d +\\d+ [KM]B/s$", row) for row in rows), rows


def test_ctrl_c_stops_it_on_all_servers(pulling):
    gateway, servers = pulling(100_000, 100_000)
    controller, process = at_terminal(command(gateway, "--servers", "all"))
    read_until(controller, "% ")
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS_MAX) == 128 + signal.SIGINT
    os.close(controller)
    for server in servers:
        assert server.left.wait(SECONDS_MAX), server.name


def test_a_script_gets_few_lines(pulling):
    gateway, servers = pulling(20)
    done = subprocess.run(
        command(gateway), capture_output=True, text=True, timeout=SECONDS_MAX, stdin=subprocess.DEVNULL
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    lines = done.stdout.splitlines()
    assert lines[-1] == "server: success, 100% of 20 MB", lines
    assert 2 <= len(lines) <= 3, lines


def test_nobody_there_is_an_exit_status_of_its_own(pulling):
    gateway, _ = pulling(1)
    arguments = command(gateway)
    arguments[arguments.index("--url") + 1] = "http://127.0.0.1:1"
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=SECONDS_MAX)
    assert done.returncode == 3 and "can't be asked" in done.stderr, done
