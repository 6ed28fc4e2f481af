"""What a newcomer sees: the printed lines work as they stand."""

import contextlib
import http.server
import json
import os
import pty
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

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


def test_names_the_file_of_the_key_and_shows_it_nowhere(first):
    assert any(f" in {first.folder / 'key'} (mode 600)" in line for line in first.output)
    assert not any(first.key in line for line in first.output)
    assert first.key not in first.log.read_text()


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
    assert any(line.startswith("key = open(") for line in first.output[start:])
    lines = [line for line in first.output[start:] if not line.startswith("listening on ")]
    result = subprocess.run(
        [sys.executable, "-c", "".join(lines)], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.split()) > 5


@contextlib.contextmanager
def started(*arguments, **settings):
    """A gateway with these arguments; its log is quiet, and it is stopped at the end."""
    gateway = Gateway(*arguments, **{"logging": False, **settings})
    try:
        yield gateway
    finally:
        assert gateway.stop() == 0


def test_says_that_others_reach_it_and_how_to_change_that():
    with started(gatewayAddress="0.0.0.0:0") as gateway:
        text = "".join(gateway.output)
        assert "It listens on every address of this machine" in text
        assert f'"gatewayAddress": "127.0.0.1:0" in {gateway.config}' in text


def test_the_demo_takes_no_servers_place_that_somebody_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with started("--demo-if-alone", ollamaAddresses=[url]) as gateway:
        text = "".join(gateway.output)
        assert "Demo" not in text
        assert f"Nothing listens at {url}, so requests get 503" in text
        assert f"change ollamaAddresses in\n  {gateway.config}\n" in text
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(gateway, "/api/tags")
        assert refused.value.code == 503


def test_the_demo_serves_whoever_has_no_ollama_and_touched_nothing():
    if listens(11434):
        pytest.skip("something listens on port 11434: not tried what happens when nothing does")
    with started("--demo-if-alone", ollamaAddresses=["http://localhost:11434"]) as gateway:
        text = "".join(gateway.output)
        assert "Demo: no model runs. Nothing listens at http://localhost:11434" in text
        assert f"under ollamaAddresses in\n  {gateway.config}\n" in text
        assert b'"demo:latest"' in ask(gateway, "/api/tags")


def test_an_ollama_that_is_there_is_served_though_nobody_touched_anything():
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 11434), Ollama)
    except OSError:
        pytest.skip("port 11434 is taken: not tried what happens when an Ollama has it")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with started("--demo-if-alone", ollamaAddresses=["http://localhost:11434"]) as gateway:
            assert "Demo" not in "".join(gateway.output)
            assert any(line.startswith("curl ") and '"found:1b"' in line for line in gateway.output)
            assert b'"found:1b"' in ask(gateway, "/api/tags")
    finally:
        server.shutdown()
        server.server_close()


def test_at_a_terminal_the_first_key_is_shown_once(tmp_path):
    shown, log = at_terminal(tmp_path)
    key = re.search(r"^  ([A-Za-z0-9_-]{43})\r?$", shown, re.MULTILINE)
    assert key, shown + log
    assert key[1] not in log
    assert key[1] not in (tmp_path / "config.json").read_text()
    again, _ = at_terminal(tmp_path)
    assert key[1] not in again


def test_where_nobody_looks_on_no_key_is_made(tmp_path):
    config = settings(tmp_path)
    process = subprocess.Popen(
        [os.environ["OLLAMA_GATEWAY"], "--config", config],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().startswith("listening on ")
    process.terminate()
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"`ollama-gateway key new --admin --config {config}`" in log
    assert json.loads(config.read_text())["apiKeys"] == []


class Ollama(http.server.BaseHTTPRequestHandler):
    """An Ollama with one model."""

    def do_GET(self):
        body = b'{"models":[{"name":"found:1b"}]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def ask(gateway, path):
    request = urllib.request.Request(
        gateway.url.replace("0.0.0.0", "127.0.0.1") + path,
        headers={"Authorization": "Bearer " + gateway.key},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def listens(port):
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe:
            probe.settimeout(1)
            if probe.connect_ex((address, port)) == 0:
                return True
    return False


def settings(folder):
    config = folder / "config.json"
    if not config.exists():
        config.write_text(
            json.dumps(
                {
                    "ollamaAddresses": ["http://127.0.0.1:1"],
                    "gatewayAddress": "127.0.0.1:0",
                    "apiKeys": [],
                }
            )
        )
    return config


def at_terminal(folder):
    """Starts and stops one whose input and output are a terminal's; what that shows, and the log."""
    config = settings(folder)
    controller, terminal = pty.openpty()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [os.environ["OLLAMA_GATEWAY"], "--config", config],
            stdin=terminal,
            stdout=terminal,
            stderr=log,
        )
    os.close(terminal)
    shown = b""
    while b"listening on " not in shown:
        shown += os.read(controller, 4096)
    process.terminate()
    assert process.wait(60) == 0
    os.close(controller)
    return shown.decode(), (folder / "log").read_text()
