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

import browser
import pytest
from gateway import Gateway
from ports import free_port
from quiet_server import QuietHandler, QuietServer
from store import Store, full_image, program

pytestmark = pytest.mark.skipif(
    program() is None or "OLLAMA_GATEWAY_FULL" not in os.environ,
    reason="needs valkey-server or redis-server, and the full image: what gateways share wasn't"
    " checked",
)

SECONDS_MAX = 30
MODEL = "demo"
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
        body = {"model": MODEL, "messages": [{"role": "user", "content": "Tell me a story."}]}
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
    remaining = [answer.getheader("RateLimit-Remaining") for answer in answers]
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


def chat(client, tokens=0):
    """A whole chat; how many tokens it took, or none where it was refused."""
    body = {
        "model": MODEL,
        "stream": False,
        "messages": [{"role": "user", "content": "Tell me a story."}],
    }
    answer = client.ask("/api/chat", "POST", body)
    if answer.status != 200:
        return None
    told = json.loads(answer.body)
    return told["prompt_eval_count"] + told["eval_count"]


def test_the_tokens_of_a_key_are_counted_by_all_gateways_together():
    # So many that a few answers use them up, and fewer than one gateway alone would allow twice.
    keys = [entry("everybody", KEY, tokens={"perDay": 150})]
    with Store() as store, replicas(store, 2, apiKeys=keys) as two:
        clients = [Client(gateway) for gateway in two]
        used = 0
        for turn in range(100):
            took = chat(clients[turn % 2])
            if took is None:
                break
            assert used < 150, "it was let in though nothing was left"
            used += took
        assert used >= 50, f"{used} tokens were used"
        refused = [client.ask("/api/chat", "POST", {"model": MODEL}) for client in clients]
        assert [answer.status for answer in refused] == [429, 429]
        await_true("the total", lambda: total_of(store, KEY) == used)


def test_a_gateway_that_restarts_with_what_it_has_kept_counts_nothing_twice(tmp_path):
    keys = [entry("everybody", KEY, tokens={"perDay": 1_000_000})]
    with Store() as store:
        shared = {"stateDirectory": str(tmp_path), "apiKeys": keys}
        with replicas(store, 1, **shared) as (gateway,):
            used = chat(Client(gateway)) + chat(Client(gateway))
            gateway.stop()
        with replicas(store, 1, **shared) as (gateway,):
            used += chat(Client(gateway))
            await_true("the total", lambda: total_of(store, KEY) >= used)
            assert total_of(store, KEY) == used


def total_of(store, key):
    return int(store.text("HGET", day_of(key), "total") or 0)


def day_of(key):
    today = int(time.time()) // 86_400
    return f"ollama-gateway:day:{today}:{hashlib.sha256(key.encode()).hexdigest()}"


def test_who_tries_too_many_keys_is_shut_out_by_all_gateways():
    security = {"maxFailuresPerMinute": 6}
    with Store() as store, replicas(store, 2, security=security) as (one, other):
        wrong = [Client(gateway, key="wrong") for gateway in (one, other)]
        statuses = [wrong[i % 2].status() for i in range(8)]
        assert statuses[:6] == [401] * 6
        assert statuses[6:] == [429] * 2
        # A right key that wasn't seen from there may be the next guess, wherever it is tried.
        for gateway in (one, other):
            await_true("a ban", lambda g=gateway: Client(g).status() == 429, seconds=5)


def gateways_and_store(limit=20, **shared):
    keys = [entry("everybody", KEY, rateLimit={"maxRequests": limit, "timeWindowSeconds": 600})]
    return keys, {"timeoutMillis": 200, **shared}


def test_while_the_store_is_paused_nothing_waits_longer_than_it_may():
    keys, shared = gateways_and_store(limit=1000)
    with Store() as store, replicas(store, 2, apiKeys=keys, shared=shared) as two:
        store.pause()
        longest = 0
        for turn in range(60):
            began = time.monotonic()
            assert Client(two[turn % 2]).status() == 200
            longest = max(longest, time.monotonic() - began)
        # 200 ms, and what a busy machine adds.
        assert longest < 2, f"{longest} s"
        for gateway in two:
            await_up(gateway, 0)
        began = time.monotonic()
        for turn in range(20):
            assert Client(two[turn % 2]).status() == 200
        assert time.monotonic() - began < 2
        store.resume()
        for gateway in two:
            await_up(gateway)


@pytest.mark.parametrize("empty", [True, False])
def test_what_was_let_in_without_the_store_is_counted_when_it_is_back(empty):
    keys, shared = gateways_and_store(limit=20)
    with Store() as store, replicas(store, 2, apiKeys=keys, shared=shared) as two:
        clients = [Client(gateway) for gateway in two]
        assert [clients[i % 2].status() for i in range(6)] == [200] * 6
        if empty:
            store.kill()
        else:
            store.pause()
        for gateway in two:
            await_true("down", lambda g=gateway: Client(g).status() == 200 and is_down(g))
        within = sum(decided(gateway) for gateway in two)
        if empty:
            store.start()
        else:
            store.resume()
        for gateway in two:
            await_up(gateway)
        # An emptied store knows only what it is told of the time without it.
        passed = int(within) if empty else int(within) + 6
        statuses = [clients[i % 2].status() for i in range(40)]
        # Of a paused store nobody knows whether it has counted what it was asked last.
        doubtful = 0 if empty else len(two)
        assert 20 - passed - doubtful <= statuses.count(200) <= 20 - passed, (passed, statuses)


def is_down(gateway):
    return gateway.metric("gateway_shared_up") == 0


def decided(gateway):
    return gateway.metric("gateway_shared_decided_here_total")


def test_where_it_is_to_refuse_requests_that_need_the_store_are_answered_503():
    keys, shared = gateways_and_store(onFailure="refuse")
    keys.append(entry("free", "a key without limits"))
    with Store() as store, replicas(store, 1, apiKeys=keys, shared=shared) as (gateway,):
        store.kill()
        await_true("a refusal", lambda: Client(gateway).status() == 503)
        answer = Client(gateway).ask()
        assert answer.status == 503
        assert answer.getheader("Retry-After") == "1"
        assert b"shares with others" in answer.body
        assert Client(gateway, key="a key without limits").status() == 200
        store.start()
        await_true("an answer", lambda: Client(gateway).status() == 200)


def test_after_the_store_was_emptied_running_requests_still_count():
    keys = [entry("everybody", KEY, maxConcurrentRequests=3)]
    with Store() as store, replicas(store, 2, apiKeys=keys) as (one, other):
        streams = [Client(one).begin_stream() for _ in range(2)]
        assert [stream.status for stream in streams] == [200, 200]
        store.ask("FLUSHALL")
        # One more may run, as soon as the gateways have noticed, and no more.
        name = f"ollama-gateway:running:{hashlib.sha256(KEY.encode()).hexdigest()}"
        await_true("what runs is there again", lambda: store.ask("EXISTS", name) == "1")
        third = Client(other).begin_stream()
        assert third.status == 200
        assert Client(other).begin_stream().status == 429
        for stream in [*streams, third]:
            stream.read()


def test_a_gateway_that_was_paused_for_longer_than_its_lease_counts_again():
    keys = [entry("everybody", KEY, maxConcurrentRequests=1)]
    with Store() as store, replicas(store, 2, apiKeys=keys) as (sleeps, other):
        stream = Client(sleeps).begin_stream()
        assert stream.status == 200
        sleeps.process.send_signal(signal.SIGSTOP)
        await_true("its lease ends", lambda: (c := Client(other).begin_stream()).status == 200 and c.read())
        sleeps.process.send_signal(signal.SIGCONT)
        # Nothing is lost by it: what runs there is finished and given back.
        stream.read()
        await_true("a free place", lambda: (c := Client(sleeps).begin_stream()).status == 200 and c.read())


def test_a_store_that_asks_for_a_password_is_given_it():
    keys, _ = gateways_and_store()
    with Store("--requirepass", "open sesame") as store:
        shared = {"password": "open sesame"}
        with replicas(store, 1, apiKeys=keys, shared=shared) as (gateway,):
            assert Client(gateway).status() == 200
            assert gateway.metric("gateway_shared_decided_here_total") == 0


def test_without_the_password_the_log_says_what_is_wrong():
    with Store("--requirepass", "open sesame") as store:
        gateway = Gateway(key=KEY, program=full_image(), apiKeys=[entry("k", KEY)], shared={"url": store.url})
        try:
            await_true("a line", lambda: "NOAUTH" in gateway.log.read_text())
            assert "each gateway counts for itself" in gateway.log.read_text()
        finally:
            gateway.stop()


def test_the_plain_image_says_in_a_line_what_it_takes(tmp_path):
    file = tmp_path / "config.json"
    shared = {"url": "valkey://127.0.0.1:6379"}
    file.write_text(json.dumps({"ollamaAddresses": ["http://gpu:11434"], "shared": shared}))
    checked = subprocess.run(
        [os.environ["OLLAMA_GATEWAY"], "check", "--config", str(file)], capture_output=True, text=True
    )
    assert checked.returncode == 2
    assert checked.stderr.splitlines() == [
        f"{file}: shared: this image can't share anything with other gateways: take the full one"
        " (make image-full, or the container's tag that ends in -full)"
    ]


class Sentinel:
    """Two stores, one of which follows the other, and who takes it in its place when that dies."""

    def __init__(self):
        self.first = Store()
        self.second = Store("--replicaof", "127.0.0.1", str(self.first.port))
        settings = (
            f"sentinel monitor gateways 127.0.0.1 {self.first.port} 1\n"
            "sentinel down-after-milliseconds gateways 500\n"
            "sentinel failover-timeout gateways 2000\n"
        )
        file = self.first.folder / "sentinel.conf"
        file.write_text(settings)
        await_true("a copy", lambda: self.second.ask("GET", "x") in ("-1", ""))
        self.watcher = Store.__new__(Store)
        self.watcher.temporary = self.second.temporary
        self.watcher.folder = self.second.folder
        self.watcher.options = ()
        self.watcher.port = free_port()
        self.watcher.process = subprocess.Popen(
            [program(), str(file), "--sentinel", "--port", str(self.watcher.port)],
            stdout=subprocess.DEVNULL,
        )
        self.url = f"valkey-sentinel://127.0.0.1:{self.watcher.port}/gateways"
        await_true("a second", lambda: self.followers() >= 1)

    def followers(self):
        try:
            return int(self.watcher.ask("SENTINEL", "REPLICAS", "gateways") or 0)
        except OSError:
            return 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.watcher.process.kill()
        self.watcher.process.wait()
        for store in (self.first, self.second):
            store.kill()
            store.temporary.cleanup()


def test_when_the_store_fails_over_gateways_follow_it():
    keys, shared = gateways_and_store(limit=1000)
    with Sentinel() as sentinel, replicas(sentinel, 2, apiKeys=keys, shared=shared) as two:
        clients = [Client(gateway) for gateway in two]
        assert [clients[i % 2].status() for i in range(10)] == [200] * 10
        sentinel.first.kill()
        for gateway in two:
            await_true("down", lambda g=gateway: Client(g).status() == 200 and is_down(g))
        for gateway in two:
            await_up(gateway)
        before = sum(decided(gateway) for gateway in two)
        assert [clients[i % 2].status() for i in range(10)] == [200] * 10
        assert sum(decided(gateway) for gateway in two) == before


class CountingServer(QuietServer):
    """A server that takes its time for each chat, and says how many it had at once at most."""

    def __init__(self, seconds):
        outer = self
        self.lock = threading.Lock()
        self.now = self.most = 0

        class Handler(QuietHandler):
            def do_GET(self):
                self.whole({"models": [{"name": "m:latest", "digest": "1", "size_vram": 1}]})

            def do_POST(self):
                self.body()
                with outer.lock:
                    outer.now += 1
                    outer.most = max(outer.most, outer.now)
                time.sleep(seconds)
                with outer.lock:
                    outer.now -= 1
                took = int(seconds * 1e9)
                self.whole(
                    {
                        "model": "m",
                        "message": {"role": "assistant", "content": "Yes."},
                        "done": True,
                        "total_duration": took,
                        "prompt_eval_count": 5,
                        "prompt_eval_duration": took // 10,
                        "eval_count": 3,
                        "eval_duration": took // 2,
                    }
                )

        super().__init__(Handler)


def test_a_server_never_has_more_requests_than_slots_from_all_gateways_together():
    def ask(client):
        body = {"model": "m", "stream": False, "messages": [{"role": "user", "content": "Hi"}]}
        return client.status("/api/chat", "POST", body)

    with CountingServer(0.2) as server, Store() as store:
        addresses = [{"url": server.url, "name": "gpu", "parallel": 3}]
        with replicas(store, 3, demo="--demo-if-alone", ollamaAddresses=addresses) as three:
            together(three, 1, ask)
            server.most = 0
            statuses = together(three, 5, lambda client: [ask(client) for _ in range(3)])
        assert [status for of_one in statuses for status in of_one] == [200] * 45
        assert server.most == 3


def test_status_tells_how_many_gateways_there_are():
    keys, shared = gateways_and_store()
    with Store() as store, replicas(store, 2, apiKeys=keys, shared=shared) as (gateway, _):

        def shared_of():
            answer = Client(gateway, key=ADMIN).ask("/gateway/status")
            return json.loads(answer.body)["shared"]

        await_true("two", lambda: shared_of() == {"up": True, "replicas": 2})
        store.kill()
        await_true("down", lambda: Client(gateway).status() and not shared_of()["up"])


def usage(gateway, key=ADMIN, **query):
    """What a gateway tells of who used how much: rows, of how many gateways, and what it lacks."""
    path = "/gateway/usage?" + "&".join(f"{name}={value}" for name, value in query.items())
    answer = Client(gateway, key=key).ask(path)
    assert answer.status == 200, answer.body
    gateways = answer.getheader("X-Usage-Gateways")
    return json.loads(answer.body), int(gateways), answer.getheader("X-Usage-Lacks")


def requests_of(rows):
    return sum(row["requests"] for row in rows)


def test_each_gateway_tells_what_keys_used_at_all_of_them_also_at_those_that_are_gone():
    with Store() as store, replicas(store, 3) as (one, dies, idle):
        for gateway, count in ((one, 2), (dies, 3)):
            for _ in range(count):
                assert chat(Client(gateway))
        three = (one, dies, idle)
        for gateway in three:
            await_true("all of it", lambda g=gateway: requests_of(usage(g)[0]) == 5)
            await_true("all of them", lambda g=gateway: usage(g)[1] == 3)
        told = [usage(gateway) for gateway in three]
        assert told[0] == told[1] == told[2]
        rows, gateways, lacks = told[0]
        assert gateways == 3 and lacks is None
        (row,) = rows
        assert (row["key"], row["requests"]) == ("everybody", 5)
        assert row["promptTokens"] > 0 and row["completionTokens"] > 0
        # A key sees its own, by its own request, too.
        assert usage(idle, key=KEY)[0] == rows
        assert usage(idle, since=row["day"])[0] == rows

        dies.process.kill()
        dies.process.wait()
        assert usage(one) == told[0]
        # Whoever comes later is told of it, too.
        with replicas(store, 1) as (later,):
            assert usage(later)[0] == rows
            assert usage(later)[1] == 4


def test_without_the_store_a_gateway_tells_of_itself_at_once_and_says_so():
    shared = {"timeoutMillis": 200}
    with Store() as store, replicas(store, 2, shared=shared) as (one, other):
        assert chat(Client(one)) and chat(Client(other)) and chat(Client(other))
        await_true("all of it", lambda: requests_of(usage(one)[0]) == 3)
        store.pause()
        began = time.monotonic()
        rows, gateways, lacks = usage(one)
        # 200 ms, and what a busy machine adds.
        assert time.monotonic() - began < 2
        assert requests_of(rows) == 1 and gateways == 1
        assert lacks == "all other gateways, since what they share can't be reached"
        assert chat(Client(one))
        store.kill()
        store.start()
        # It knows nothing any more, and is told all of it again.
        for gateway in (one, other):
            await_true("all again", lambda g=gateway: requests_of(usage(g)[0]) == 4)
            await_true("of both", lambda g=gateway: usage(g)[1:] == (2, None))


def test_what_a_gateway_has_kept_over_a_restart_is_told_once(tmp_path):
    with Store() as store, replicas(store, 1) as (other,):
        assert chat(Client(other))
        state = {"stateDirectory": str(tmp_path)}
        with replicas(store, 1, **state) as (gateway,):
            assert chat(Client(gateway))
            await_true("both", lambda: requests_of(usage(gateway)[0]) == 2)
            gateway.stop()
        with replicas(store, 1, **state) as (gateway,):
            assert chat(Client(gateway))
            for each in (gateway, other):
                await_true("all of it", lambda g=each: requests_of(usage(g)[0]) >= 3)
                rows, gateways, lacks = usage(each)
                assert (requests_of(rows), gateways, lacks) == (3, 2, None)
            # The command reads what this one has written down, and says so.
            told = subprocess.run(
                [full_image(), "usage", "--json", "--config", str(gateway.config)],
                capture_output=True,
                text=True,
                check=True,
            )
            assert requests_of(json.loads(told.stdout)) <= 2
            assert "this is of one gateway" in told.stderr


def test_the_status_page_says_of_how_many_gateways_its_usage_is():
    # Of a browser's: without spaces.
    keys = [entry("everybody", KEY), entry("ops", "key-of-ops", admin=True)]
    with (
        browser.launched() as chromium,
        Store() as store,
        replicas(store, 2, apiKeys=keys) as (one, other),
    ):
        assert chat(Client(other))
        await_true("all of it", lambda: usage(one)[1] == 2 and requests_of(usage(one)[0]) == 1)
        context = chromium.new_context()
        context.set_default_timeout(60_000)
        watched = browser.Watched(context, one.url)
        page = watched.page
        page.goto(one.url + "/gateway/")
        page.locator("#login-key").fill("key-of-ops")
        page.keyboard.press("Enter")
        page.locator(".server").first.wait_for()
        page.locator("#usage").scroll_into_view_if_needed()
        page.locator("#usage-words", has_text="; of 2 gateways").wait_for()
        store.kill()
        await_up(one, 0)
        page.locator("#usage-days").select_option("6")
        alone = "; of 1 gateway, without all other gateways, since what they share can't be reached"
        page.locator("#usage-words", has_text=alone).wait_for()
        assert watched.wrong == []
        context.close()
