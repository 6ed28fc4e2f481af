"""Keys and servers out of service are the same on all gateways: the full image beside a real Valkey or Redis."""

import collections
import contextlib
import fcntl
import json
import os
import statistics
import subprocess
import time
import urllib.parse

import pytest
from gateway import Gateway
from quiet_server import QuietHandler, QuietServer
from store import Store, full_image, program
from test_shared import ADMIN, KEY, Client, await_true, await_up, entry, replicas

pytestmark = pytest.mark.skipif(
    program() is None or "OLLAMA_GATEWAY_FULL" not in os.environ,
    reason="needs valkey-server or redis-server, and the full image: what gateways share of keys"
    " and servers wasn't checked",
)

SOON_SECONDS = 1.0


def made(gateway, name=None):
    """A new key."""
    client = Client(gateway, ADMIN)
    if name is None:
        answer = client.ask("/config/new-key", "POST")
        assert answer.status == 200, answer.body
        return answer.body.decode()
    client.headers["X-Key-Name"] = urllib.parse.quote(name)
    # What a browser sends of its own page.
    client.headers["Sec-Fetch-Site"] = "same-origin"
    answer = client.ask("/gateway/keys", "POST")
    assert answer.status == 200, answer.body
    return json.loads(answer.body)["key"]


def switch(gateway, name, to):
    answer = Client(gateway, ADMIN).ask(f"/gateway/keys/{name}/{to}", "POST")
    assert answer.status == 200, answer.body


def listed(gateway):
    """Whether each key is let in, by its name."""
    answer = Client(gateway, ADMIN).ask("/gateway/keys")
    assert answer.status == 200, answer.body
    return {key["name"]: not key["disabled"] for key in json.loads(answer.body)}


def status(gateway, key):
    client = Client(gateway, key)
    try:
        return client.status()
    finally:
        client.close()


def await_status(what, gateway, key, expected):
    """However busy the machine is; how soon it is has a test of its own."""
    await_true(what, lambda: status(gateway, key) == expected)


def await_log(gateway, words):
    """A thread of its own writes it."""
    await_true(words, lambda: words in gateway.log.read_text())


def command(gateway, *words):
    done = subprocess.run(
        [full_image(), "key", *words, "--config", str(gateway.config)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Server(QuietServer):
    """Counts what it is asked but for checks and models."""

    def __init__(self):
        counted = self.asked = collections.Counter()

        class Handler(QuietHandler):
            def do_GET(self):
                if self.path == "/api/version":
                    counted["requests"] += self.headers.get("X-Counted") == "yes"
                self.whole({"version": "1", "models": []})

        super().__init__(Handler)

    def gets(self, gateway, times=8):
        """How many of so many requests to the gateway come here."""
        before = self.asked["requests"]
        client = Client(gateway)
        client.headers["X-Counted"] = "yes"
        statuses = [client.status() for _ in range(times)]
        client.close()
        assert statuses == [200] * times
        return self.asked["requests"] - before


def test_a_key_that_is_made_on_one_gateway_is_accepted_on_the_other():
    with Store() as store, replicas(store, 2) as (one, other):
        for key in (made(one), made(one, "laptop")):
            await_status("the new key", other, key, 200)
        assert listed(other) == {"admin": True, "everybody": True, "key-3": True, "laptop": True}
        # Only the gateway that was asked has written its file.
        assert "laptop" in one.config.read_text()
        assert "laptop" not in other.config.read_text()
        await_log(other, "other gateways have announced keys: ")
        await_log(other, "laptop was made")


def test_a_key_that_is_disabled_on_one_gateway_is_refused_by_the_other_until_it_is_enabled():
    with Store() as store, replicas(store, 2) as (one, other):
        switch(one, "everybody", "disable")
        await_status("the disabled key", other, KEY, 401)
        assert not listed(other)["everybody"]
        switch(other, "everybody", "enable")
        await_status("the enabled key", one, KEY, 200)
        await_log(other, "everybody was disabled")
        await_log(one, "everybody was enabled")


def test_a_change_is_in_force_on_the_other_gateway_within_a_second():
    took = []
    with Store() as store, replicas(store, 2) as (one, other):
        for to, expected in [("disable", 401), ("enable", 200)] * 4:
            began = time.monotonic()
            switch(one, "everybody", to)
            await_status(to, other, KEY, expected)
            took.append(time.monotonic() - began)
    # Of a busy machine one may be late.
    assert statistics.median(took) < SOON_SECONDS, took


def test_commands_that_change_a_file_are_in_force_on_the_other_gateway():
    with Store() as store, replicas(store, 2) as (one, other):
        command(one, "disable", "everybody")
        await_true("disabled", lambda: status(other, KEY) == 401)
        command(one, "enable", "everybody")
        await_true("enabled", lambda: status(other, KEY) == 200)
        key = command(one, "new", "--name", "laptop").split()[0]
        await_true("made", lambda: status(other, key) == 200)
        command(one, "rotate", "laptop")
        await_true("rotated", lambda: status(other, key) == 401)
        command(one, "delete", "everybody")
        await_true("deleted", lambda: status(other, KEY) == 401)
        assert listed(other) == {"admin": True, "laptop": True}


def test_a_server_that_is_drained_on_one_gateway_gets_no_request_from_the_other():
    with Store() as store, Server() as a, Server() as b:
        settings = {
            "demo": "--demo-if-alone",
            "ollamaAddresses": [a.url, b.url],
            "loadBalancer": {"policy": "round-robin"},
        }
        with contextlib.ExitStack() as stack:
            one, other = stack.enter_context(replicas(store, 2, **settings))
            assert a.gets(other) == 4
            answer = Client(one, ADMIN).ask(f"/gateway/servers/{a.name}/drain", "POST")
            assert answer.status == 200, answer.body
            await_true("drained", lambda: drained(other) == [a.name])
            assert a.gets(other) == 0
            await_log(other, "drained and gets no new requests: asked for at another gateway")

            (late,) = stack.enter_context(replicas(store, 1, **settings))
            assert drained(late) == [a.name]
            assert a.gets(late) == 0
            # A reload leaves it so.
            assert Client(other, ADMIN).status("/config/reload", "POST") == 200
            assert a.gets(other) == 0

            answer = Client(late, ADMIN).ask(f"/gateway/servers/{a.name}/resume", "POST")
            assert answer.status == 200, answer.body
            await_true("resumed", lambda: drained(other) == [])
            assert a.gets(other) == 4


def drained(gateway):
    servers = json.loads(Client(gateway, ADMIN).ask("/gateway/servers").body)
    return [server["name"] for server in servers if server["state"] == "draining"]


def test_what_was_announced_while_the_store_was_away_is_told_when_it_is_back():
    with Store() as store, replicas(store, 2) as (one, other):
        store.kill()
        for gateway in (one, other):
            await_up(gateway, 0)
        key = made(one)
        switch(one, "everybody", "disable")
        assert status(one, key) == 200
        assert status(one, KEY) == 401
        assert status(other, key) == 401
        assert status(other, KEY) == 200
        store.start()
        for gateway in (one, other):
            await_up(gateway)
        await_status("the new key", other, key, 200)
        await_status("the disabled key", other, KEY, 401)


def test_a_store_that_has_lost_everything_is_told_again():
    with Store() as store, replicas(store, 2) as (one, other):
        key = made(one)
        switch(one, "everybody", "disable")
        await_status("the disabled key", other, KEY, 401)
        before = store.ask("HLEN", "ollama-gateway:keys")
        assert before == "2"
        store.ask("FLUSHALL")
        await_true("told again", lambda: store.ask("HLEN", "ollama-gateway:keys") == before)
        # One that starts later has it from there.
        with replicas(store, 1) as (late,):
            assert status(late, key) == 200
            assert status(late, KEY) == 401
        # What is announced at the very moment isn't lost, either.
        for _ in range(5):
            store.ask("FLUSHALL")
            key = made(one)
            await_status("the next key", other, key, 200)
        await_true("told again", lambda: store.ask("HLEN", "ollama-gateway:keys") == "7")


def test_a_gateway_that_starts_later_knows_all_before_its_first_request():
    with Store() as store, replicas(store, 2) as (one, other):
        key = made(one)
        switch(other, "everybody", "disable")
        await_status("the new key", other, key, 200)
        with replicas(store, 1) as (late,):
            assert status(late, key) == 200
            assert status(late, KEY) == 401
            assert listed(late) == {"admin": True, "everybody": False, "key-3": True}


def test_a_gateway_starts_without_its_store_and_hears_of_keys_as_soon_as_that_is_there():
    with Store() as store, replicas(store, 1) as (one,):
        key = made(one)
        store.kill()
        began = time.monotonic()
        late = Gateway(
            key=KEY,
            program=full_image(),
            apiKeys=[entry("admin", ADMIN, admin=True)],
            shared={"url": store.url, "timeoutMillis": 500},
        )
        try:
            assert time.monotonic() - began < 10
            assert status(late, key) == 401
            store.start()
            await_up(late)
            await_true("the key of before", lambda: status(late, key) == 200)
        finally:
            late.process.kill()
            late.process.wait()


def test_two_gateways_that_give_the_same_name_at_once_both_let_in_both_keys():
    with Store() as store, replicas(store, 2) as two:
        store.pause()
        keys = [made(gateway) for gateway in two]
        store.resume()
        for gateway in two:
            for key in keys:
                await_true("each key", lambda: status(gateway, key) == 200)
        names = [sorted(listed(gateway)) for gateway in two]
        assert names[0] == names[1]
        assert len(names[0]) == 4


def test_where_the_file_cant_be_written_the_store_keeps_a_new_key():
    with Store() as store, replicas(store, 2) as (one, other):
        with one.config.open("r+") as held:
            # A gateway gives up after 10 s; a file that is mounted read-only is seen at once.
            fcntl.lockf(held, fcntl.LOCK_EX)
            key = made(one, "laptop")
            assert "laptop" not in one.config.read_text()
        await_log(one, "the key laptop is kept in the store alone: ")
        assert status(one, key) == 200
        await_status("the new key", other, key, 200)
        switch(one, "laptop", "disable")
        await_status("the disabled key", other, key, 401)


def test_what_is_in_the_store_is_no_key():
    with Store("--rdbcompression", "no") as store, replicas(store, 2) as (one, other):
        keys = [made(one), made(one, "laptop")]
        await_status("the last one", other, keys[1], 200)
        store.ask("SAVE")
        kept = (store.folder / "dump.rdb").read_bytes()
        assert b"laptop" in kept
        for key in [*keys, KEY, ADMIN]:
            assert key.encode() not in kept
