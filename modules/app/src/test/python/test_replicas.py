"""HAProxy with deploy/haproxy.cfg in front of two gateways, of which one is stopped and replaced."""

import collections
import http.client
import itertools
import json
import pathlib
import queue
import re
import shutil
import socket
import subprocess
import threading
import time

import pytest
from gateway import Gateway
from ports import free_port
from quiet_server import QuietHandler, QuietServer

CONFIG = pathlib.Path(__file__).parents[5] / "deploy" / "haproxy.cfg"
KEY = "a-key-that-both-gateways-know-of"
WAIT_SECONDS_MAX = 60
STEPWISE = -1
# A client is told from others by its address alone, so each connects from one of its own.
ALLOWED = "127.0.0.77"
DENIED = "127.0.0.66"


def await_true(condition, what):
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Server(QuietServer):
    """
    An Ollama server: a chat with `num_predict` gets so many words, one with `STEPWISE` each word that
    is put into `words` of what was said, and its end with None.
    """

    def __init__(self):
        words = self.words = collections.defaultdict(queue.Queue)

        class Handler(QuietHandler):
            def do_GET(self):
                self.whole({"models": [{"name": "m:latest", "digest": "1"}]})

            def do_POST(self):
                body = json.loads(self.body())
                number = body["options"]["num_predict"]
                told = words[body["messages"][0]["content"]]
                source = iter(told.get, None) if number == STEPWISE else map(str, range(number))
                first = next(source, "")
                self.begin()
                for word in itertools.chain([first], source):
                    self.line({"message": {"content": word}, "done": False})
                self.line({"message": {"content": ""}, "done": True})
                self.end()

        super().__init__(Handler)

    def stop(self):
        for told in self.words.values():
            told.put(None)
        super().stop()


class Replicas:
    """Two gateways behind HAProxy, which has the file that ships, with other addresses."""

    def __init__(self, folder, server):
        self.server = server
        self.gateways = []
        self.haproxy = None
        self.port = free_port()
        self.log = folder / "haproxy.log"
        try:
            self.gateways += [self.gateway(free_port()), self.gateway(free_port())]
            file = folder / "haproxy.cfg"
            file.write_text(self.config())
            self.haproxy = subprocess.Popen(
                ["haproxy", "-db", "-f", str(file)],
                stdout=self.log.open("wb"),
                stderr=subprocess.STDOUT,
            )
            await_true(self.is_listening, "HAProxy doesn't listen")
        except BaseException:
            self.stop()
            raise

    def gateway(self, port):
        return Gateway(
            "--demo-if-alone",
            key=KEY,
            apiKeys=[KEY],
            ollamaAddresses=[{"url": self.server, "parallel": 16}],
            gatewayAddress=f"127.0.0.1:{port}",
            security={"trustedProxies": ["127.0.0.1"], "denyIps": [DENIED]},
        )

    def config(self):
        text = CONFIG.read_text().replace("bind :8080", f"bind 127.0.0.1:{self.port}")
        for number, gateway in enumerate(self.gateways, start=1):
            address = gateway.url.removeprefix("http://")
            text, found = re.subn(rf"(server gateway-{number}) \S+", rf"\1 {address}", text)
            assert found, text
        return text

    def is_listening(self):
        assert self.haproxy.poll() is None, self.log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.haproxy:
            self.haproxy.terminate()
            self.haproxy.wait(WAIT_SECONDS_MAX)
        for gateway in self.gateways:
            if gateway.process.poll() is None:
                gateway.stop()

    def connect(self, client=ALLOWED):
        return http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=WAIT_SECONDS_MAX, source_address=(client, 0)
        )

    def chat(self, words, connection=None, content="Hello"):
        """Asks for so many words; returns the connection."""
        connection = connection or self.connect()
        body = {
            "model": "m",
            "messages": [{"role": "user", "content": content}],
            "options": {"num_predict": words},
        }
        headers = {"Authorization": "Bearer " + KEY}
        connection.request("POST", "/api/chat", json.dumps(body), headers)
        return connection

    def holder(self):
        """The gateway that has the one request in flight, and the other."""
        first, second = self.gateways
        await_true(lambda: in_flight(first) + in_flight(second) == 1, "no request arrived")
        return (first, second) if in_flight(first) else (second, first)

    def replace(self, gateway):
        """Starts another one at the address of a gateway that was stopped."""
        new = self.gateway(gateway.url.rpartition(":")[2])
        self.gateways[self.gateways.index(gateway)] = new
        return new


def in_flight(gateway):
    return gateway.metric("gateway_upstream_requests_in_flight")


def word_of(answer):
    """The next piece of an answer, which is to be one line."""
    part = json.loads(answer.read1(65536))
    assert not part["done"]
    return part["message"]["content"]


def rest_of(answer):
    parts = [json.loads(line) for line in answer.read().splitlines()]
    return [part["message"]["content"] for part in parts], parts[-1]["done"]


@pytest.fixture(scope="module", autouse=True)
def haproxy():
    if shutil.which("haproxy") is None:
        pytest.skip("not checked: deploy/haproxy.cfg, since HAProxy isn't installed")


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def replicas(tmp_path, server):
    replicas = Replicas(tmp_path, server.url)
    yield replicas
    replicas.stop()


def test_haproxy_takes_the_file_as_it_ships():
    done = subprocess.run(
        ["haproxy", "-c", "-f", str(CONFIG)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_for_addresses_see_the_client_and_not_what_it_claims(replicas):
    for client, claimed, status in [(ALLOWED, DENIED, 200), (DENIED, ALLOWED, 403)]:
        for field in ["X-Forwarded-For", "Forwarded"]:
            connection = replicas.connect(client)
            value = claimed if field == "X-Forwarded-For" else "for=" + claimed
            connection.request("GET", "/", headers={field: value})
            assert connection.getresponse().status == status, (client, field)
            connection.close()


def test_a_stream_goes_on_token_by_token_while_the_other_gateway_is_replaced(replicas, server):
    words = server.words["one stream"]
    connection = replicas.chat(STEPWISE, content="one stream")
    _, other = replicas.holder()
    words.put("one")
    answer = connection.getresponse()
    # Each word arrives before the server has said the next.
    assert word_of(answer) == "one"
    assert other.stop() == 0, other.log.read_text()
    for word in ["two", "three"]:
        words.put(word)
        assert word_of(answer) == word
    new = replicas.replace(other)
    # It has fewer requests than the one with the stream.
    await_true(lambda: is_asked(replicas, new), "the new gateway gets no requests")
    words.put("four")
    assert word_of(answer) == "four"
    words.put(None)
    assert rest_of(answer) == ([""], True)
    connection.close()


def is_asked(replicas, gateway):
    connection = replicas.chat(words=1)
    assert connection.getresponse().status == 200
    connection.close()
    return gateway.metric("gateway_requests_success_total", endpoint="/api/chat") > 0


def test_a_gateway_that_stops_loses_no_stream_and_no_new_request_fails(replicas, server):
    words = server.words["stays"]
    connection = replicas.chat(STEPWISE, content="stays")
    holder, other = replicas.holder()
    words.put("first")
    answer = connection.getresponse()
    assert word_of(answer) == "first"
    # With a stream at the other one too, new requests go to both.
    elsewhere = replicas.chat(STEPWISE, content="elsewhere")
    await_true(lambda: in_flight(other) == 1, "the second stream isn't at the other gateway")
    # One client whose connection to HAProxy stays, and others with new ones.
    kept = replicas.connect()
    replicas.chat(words=2, connection=kept).getresponse().read()
    stopping = threading.Thread(target=holder.stop)
    stopping.start()
    port = int(holder.url.rpartition(":")[2])
    rounds_left = 20
    while rounds_left:
        if not is_open(port):
            rounds_left -= 1
        fresh = replicas.connect()
        for client in (kept, fresh):
            replicas.chat(words=2, connection=client)
            reply = client.getresponse()
            assert reply.status == 200
            assert rest_of(reply) == (["0", "1", ""], True)
        fresh.close()
        words.put(str(rounds_left))
        assert word_of(answer) == str(rounds_left)
    assert holder.process.poll() is None
    words.put(None)
    assert rest_of(answer) == ([""], True)
    stopping.join(WAIT_SECONDS_MAX)
    assert holder.process.wait(WAIT_SECONDS_MAX) == 0, holder.log.read_text()
    for client in (kept, connection, elsewhere):
        client.close()


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_client_that_leaves_before_the_first_token_is_noticed(replicas, server):
    connection = replicas.chat(STEPWISE, content="never answered")
    holder, _ = replicas.holder()
    connection.close()
    await_true(lambda: in_flight(holder) == 0, "the gateway still waits for an answer")


def test_where_no_gateway_is_ready_they_say_why(tmp_path):
    replicas = Replicas(tmp_path, f"http://127.0.0.1:{free_port()}")
    try:
        for path, shape in [("/api/tags", str), ("/v1/models", dict)]:
            connection = replicas.connect()
            connection.request("GET", path, headers={"Authorization": "Bearer " + KEY})
            answer = connection.getresponse()
            assert answer.status == 503
            error = json.loads(answer.read())["error"]
            # HAProxy's own is a text.
            assert isinstance(error, shape), error
            assert "no gateway can be reached" not in str(error)
            connection.close()
    finally:
        replicas.stop()
