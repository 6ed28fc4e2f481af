"""Several gateways count as one: the full image beside a real Valkey or Redis."""

import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import os
import signal
import subprocess
import threading
import time

import pytest
from gateway import Gateway
from store import Store, full_image, program

pytestmark = pytest.mark.skipif(
    program() is None or "OLLAMA_GATEWAY_FULL" not in os.environ,
    reason="needs valkey-server or redis-server, and the full image: what gateways share wasn't"
    " checked",
)

SECONDS_MAX = 30
KEY = "a key of everybody's"
ADMIN = "a key of an administrator's"


def entry(name, key, **limits):
    return {"name": name, "sha256": hashlib.sha256(key.encode()).hexdigest(), **limits}


@contextlib.contextmanager
def replicas(store, count, shared=None, **settings):
    keys = settings.pop("apiKeys", [entry("everybody", KEY)])
    keys = [entry("admin", ADMIN, admin=True), *keys]
    started = []
    try:
        for _ in range(count):
            started.append(
                Gateway(
                    key=KEY,
                    program=full_image(),
                    apiKeys=keys,
                    shared={"url": store.url, "timeoutMillis": 2000, **(shared or {})},
                    **settings,
                )
            )
        for gateway in started:
            await_up(gateway)
        yield started
    finally:
        for gateway in started:
            if gateway.process.poll() is None:
                gateway.process.send_signal(signal.SIGCONT)
                gateway.process.kill()
                gateway.process.wait()


def await_true(what, says, seconds=SECONDS_MAX):
    end = time.monotonic() + seconds
    while not says():
        assert time.monotonic() < end, f"{what}: not in {seconds} s"
        time.sleep(0.02)


def await_up(gateway, up=1):
    await_true(f"shared_up {up}", lambda: gateway.metric("gateway_shared_up") == up)


class Client:
    """A connection that is kept."""

    def __init__(self, gateway, key=KEY):
        host, port = gateway.url.removeprefix("http://").split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=SECONDS_MAX)
        self.headers = {"Authorization": f"Bearer {key}"}

    def ask(self, path="/api/version", method="GET", body=None):
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, body=text, headers=self.headers)
        answer = self.connection.getresponse()
        answer.body = answer.read()
        return answer

    def status(self, *args, **kwargs):
        return self.ask(*args, **kwargs).status

    def begin_stream(self):
        """A chat whose first token is here; its answer is still to be read."""
        body = {"model": "llama3.2", "messages": [{"role": "user", "content": "Tell me a story."}]}
        self.connection.request("POST", "/api/chat", body=json.dumps(body), headers=self.headers)
        answer = self.connection.getresponse()
        if answer.status == 200:
            answer.readline()
        else:
            answer.read()
        return answer

    def close(self):
        self.connection.close()


def together(gateways, clients, work):
    """Runs it for so many clients of each gateway at once; what each gave."""
    start = threading.Barrier(len(gateways) * clients)

    def one(gateway):
        client = Client(gateway)
        start.wait()
        return work(client)

    with concurrent.futures.ThreadPoolExecutor(len(gateways) * clients) as pool:
        futures = [pool.submit(one, gateway) for gateway in gateways for _ in range(clients)]
        return [future.result() for future in futures]


def test_of_all_requests_to_four_gateways_just_as_many_pass_as_the_limit_says():
    limit = {"maxRequests": 500, "timeWindowSeconds": 600}
    with Store() as store, replicas(store, 4, apiKeys=[entry("everybody", KEY, rateLimit=limit)]) as four:
        statuses = together(four, 64, lambda client: [client.status() for _ in range(4)])

    flat = [status for of_one in statuses for status in of_one]
    assert flat.count(200) == 500
    assert flat.count(429) == 4 * 64 * 4 - 500


def test_clients_are_told_of_the_limit_of_all_gateways():
    limit = {"maxRequests": 3, "timeWindowSeconds": 600}
    with Store() as store, replicas(store, 2, apiKeys=[entry("everybody", KEY, rateLimit=limit)]) as two:
        answers = [Client(two[i % 2]).ask() for i in range(4)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    remaining = [answer.getheader("X-RateLimit-Remaining") for answer in answers]
    assert remaining == ["2", "1", "0", "0"]
    assert 590 <= int(answers[3].getheader("Retry-After")) <= 600


def test_no_more_requests_of_a_key_run_than_may_on_all_gateways_together():
    keys = [entry("everybody", KEY, maxConcurrentRequests=5)]
    with Store() as store, replicas(store, 4, apiKeys=keys) as four:
        answers = together(four, 16, lambda client: (client.begin_stream(), client))
        statuses = [answer.status for answer, _ in answers]
        assert statuses.count(200) == 5, statuses
        assert statuses.count(429) == 59, statuses
        for answer, _ in answers:
            answer.read()
        # All of them are over, so the same number may run again.
        again = together(four, 16, lambda client: (client.begin_stream(), client))
        assert [answer.status for answer, _ in again].count(200) == 5


def test_a_gateway_that_was_killed_holds_nothing_when_its_lease_is_over():
    keys = [entry("everybody", KEY, maxConcurrentRequests=2)]
    with Store() as store, replicas(store, 2, apiKeys=keys) as (dies, lives):
        held = [Client(dies).begin_stream() for _ in range(2)]
        assert [answer.status for answer in held] == [200, 200]
        assert Client(lives).begin_stream().status == 429
        dies.process.kill()
        killed = time.monotonic()
        await_true("a slot", lambda: Client(lives).begin_stream().status == 200, seconds=15)
        assert time.monotonic() - killed < 10
