"""Clients that speak TLS to the gateway, which is who its certificate says, also after a renewal."""

import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request

import ollama
import openai
import pytest
from gateway import Gateway
from ports import free_port
from quiet_server import Collector

SECONDS_MAX = 30
CLIENTS = pathlib.Path(__file__).parent.parent / "clients"
QUESTION = [{"role": "user", "content": "Hello"}]


def make(folder, name, *key, host="localhost"):
    """A certificate for this machine that vouches for itself, valid for two days."""
    if shutil.which("openssl") is None:
        pytest.skip("not checked: TLS with certificates of openssl, which isn't installed")
    certificate, private = folder / (name + ".pem"), folder / (name + ".key")
    command = ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=" + name]
    command += list(key or ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
    command += ["-addext", f"subjectAltName=DNS:{host},IP:127.0.0.1"]
    command += ["-keyout", str(private), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, private


def put(pair, folder):
    """Makes a pair the one that the settings name, one file after the other."""
    for file, name in zip(pair, ["cert.pem", "key.pem"]):
        shutil.copy(file, folder / (name + ".new"))
        os.replace(folder / (name + ".new"), folder / name)


class TlsGateway(Gateway):
    """A gateway whose certificate is in its folder, and may be changed there."""

    def __init__(self, pairs, **settings):
        self.pairs = pairs
        tls = {"certificate": str(pairs / "cert.pem"), "privateKey": str(pairs / "key.pem")}
        super().__init__(**{"tls": tls, **settings})
        self.url = "https://" + self.url.rpartition("://")[2]
        self.port = int(self.url.rpartition(":")[2])

    def trusting(self, *certificates):
        context = ssl.create_default_context()
        context.load_verify_locations(cadata="".join(each.read_text() for each in certificates))
        return context

    def connect(self, context):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)

    def await_log(self, text):
        deadline = time.monotonic() + SECONDS_MAX
        while text not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    return [
        make(folder, "first"),
        make(folder, "second", "-newkey", "rsa:2048"),
    ]


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    """The pair of a client."""
    return make(tmp_path_factory.mktemp("device"), "any", host="device.example")


@pytest.fixture
def gateway(pairs, tmp_path):
    put(pairs[0], tmp_path)
    gateway = TlsGateway(tmp_path)
    yield gateway
    assert gateway.stop() == 0, gateway.log.read_text()


def status(connection):
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def subject(gateway):
    """Whose certificate a new connection gets."""
    pem = ssl.get_server_certificate(("127.0.0.1", gateway.port))
    done = subprocess.run(
        ["openssl", "x509", "-noout", "-subject"], input=pem, text=True, capture_output=True
    )
    return done.stdout.strip().rpartition(" ")[2].rpartition("=")[2]


def run(*command):
    return subprocess.run(
        [os.environ["OLLAMA_GATEWAY"], *command], capture_output=True, text=True, timeout=60
    )


def of_host(gateway, host):
    """Whose certificate a client gets that asks for a host."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}"]
    command += ["-servername", host]
    said = subprocess.run(command, input="", capture_output=True, text=True, timeout=60).stdout
    line = next(line for line in said.splitlines() if line.startswith("subject="))
    return line.rpartition("=")[2].strip()


def test_each_host_has_its_certificate_and_each_is_renewed(pairs, tmp_path):
    put(pairs[0], tmp_path)
    other = make(tmp_path, "other", host="other.example")
    files = [[str(tmp_path / "cert.pem"), str(other[0])], [str(tmp_path / "key.pem"), str(other[1])]]
    gateway = TlsGateway(tmp_path, tls={"certificate": files[0], "privateKey": files[1]})
    try:
        assert of_host(gateway, "localhost") == "first"
        assert of_host(gateway, "other.example") == "other"
        assert of_host(gateway, "else.example") == "first"
        renewed = make(tmp_path, "renewed", host="other.example")
        for new, old in zip(renewed, other):
            os.replace(new, old)
        deadline = time.monotonic() + SECONDS_MAX
        while of_host(gateway, "other.example") != "renewed":
            assert time.monotonic() < deadline, gateway.log.read_text()
        assert of_host(gateway, "localhost") == "first"
    finally:
        gateway.stop()


class TestTwoAddresses:
    """One with TLS, and one without it that leads there."""

    @pytest.fixture
    def gateway(self, pairs, tmp_path):
        put(pairs[0], tmp_path)
        self.plain, self.local, secured = free_port(), free_port(), free_port()
        self.files = {
            "certificate": str(tmp_path / "cert.pem"),
            "privateKey": str(tmp_path / "key.pem"),
        }
        gateway = TlsGateway(
            tmp_path,
            gatewayAddress=[
                f"https://127.0.0.1:{secured}",
                f"http://0.0.0.0:{self.plain}",
                f"http://127.0.0.3:{self.local}",
            ],
            tls={**self.files, "redirect": True},
            security={"trustedProxies": ["127.0.0.2"]},
        )
        gateway.port = secured
        yield gateway
        assert gateway.stop() == 0, gateway.log.read_text()

    def ask(self, path, method="GET", source="127.0.0.1", **headers):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.plain, timeout=60, source_address=(source, 0)
        )
        body = "{}" if method == "POST" else None
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Location"]

    def test_requests_without_tls_are_led_to_it_and_probes_are_answered(self, gateway, pairs):
        https = f"https://127.0.0.1:{gateway.port}"
        assert self.ask("/") == (308, https + "/")
        assert self.ask("/api/chat?x=%20y", "POST") == (308, https + "/api/chat?x=%20y")
        assert self.ask("/metrics") == (308, https + "/metrics")
        assert self.ask("//else.example/x") == (308, https + "//else.example/x")
        assert self.ask("/gateway/live") == (200, None)
        assert self.ask("/gateway/ready") == (200, None)
        assert status(gateway.connect(gateway.trusting(pairs[0][0]))) == 200

    def test_who_came_with_tls_to_a_proxy_that_is_trusted_is_not_led_anywhere(self, gateway):
        forwarded = {"X_Forwarded_For": "192.0.2.1", "X_Forwarded_Proto": "https"}
        assert self.ask("/", source="127.0.0.2", **forwarded) == (200, None)
        # Who doesn't say might be led in a circle.
        del forwarded["X_Forwarded_Proto"]
        assert self.ask("/", source="127.0.0.2", **forwarded) == (200, None)
        forwarded["X_Forwarded_Proto"] = "http"
        forwarded["X_Forwarded_Host"] = "gpu.example"
        assert self.ask("/a", source="127.0.0.2", **forwarded) == (308, "https://gpu.example/a")
        assert self.ask("/", **forwarded)[0] == 308

    def test_what_this_machine_alone_can_reach_leads_nowhere(self, gateway):
        assert status(http.client.HTTPConnection("127.0.0.3", self.local, timeout=60)) == 200

    def test_health_asks_where_no_tls_is_spoken(self, gateway):
        done = run("health", "--config", str(gateway.config))
        assert done.returncode == 0, done.stderr

    def test_check_tells_where_tls_is_spoken(self, gateway):
        done = run("check", "--config", str(gateway.config))
        assert (
            f"listens on 127.0.0.1:{gateway.port} with TLS, 0.0.0.0:{self.plain}" in done.stdout
        )


class TestClientCertificates:
    """Clients must show a certificate; the device's is one, and stands for a key."""

    KEY = "k" * 24

    @pytest.fixture
    def gateway(self, pairs, device, tmp_path):
        put(pairs[0], tmp_path)
        shutil.copy(device[0], tmp_path / "clients.pem")
        tls = {
            "certificate": str(tmp_path / "cert.pem"),
            "privateKey": str(tmp_path / "key.pem"),
            "clientCertificateAuthority": str(tmp_path / "clients.pem"),
        }
        keys = [self.KEY, {"name": "device", "certificate": "device.example"}]
        (tmp_path / "key").write_text(self.KEY)
        gateway = TlsGateway(
            tmp_path,
            tls=tls,
            apiKeys=keys,
            key=self.KEY,
            security={"trustedProxies": ["127.0.0.2"]},
        )
        yield gateway
        assert gateway.stop() == 0, gateway.log.read_text()

    def ask(self, gateway, pairs, own, path="/api/tags", **headers):
        context = gateway.trusting(pairs[0][0])
        if own is not None:
            context.load_cert_chain(*own)
        connection = gateway.connect(context)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def test_a_certificate_that_is_named_is_a_key(self, gateway, pairs, device):
        assert self.ask(gateway, pairs, device) == 200
        # As clients have it that must send a key.
        assert self.ask(gateway, pairs, device, Authorization="Bearer unused") == 200
        assert self.ask(gateway, pairs, device, path="/gateway/config") == 403
        assert "key=device" in gateway.log.read_text()
        context = gateway.trusting(pairs[0][0])
        context.load_cert_chain(*device)
        client = ollama.Client(host=gateway.url, verify=context)
        assert list(client.chat("demo", QUESTION, stream=True))[-1].done

    def test_a_page_of_another_site_cannot_use_what_the_browser_shows(
        self, gateway, pairs, device
    ):
        for more in [{"Origin": "https://else.example"}, {"Sec-Fetch-Site": "cross-site"}]:
            assert self.ask(gateway, pairs, device, **more) == 401
            assert self.ask(gateway, pairs, device, Authorization="Bearer " + self.KEY, **more) == 200
        assert self.ask(gateway, pairs, device, **{"Sec-Fetch-Site": "none"}) == 200

    def test_a_proxy_speaks_for_others_than_its_certificate_does(self, gateway, pairs, device):
        context = gateway.trusting(pairs[0][0])
        context.load_cert_chain(*device)
        proxy = http.client.HTTPSConnection(
            "127.0.0.1", gateway.port, timeout=60, context=context, source_address=("127.0.0.2", 0)
        )
        proxy.request("GET", "/api/tags", headers={"X-Forwarded-For": "192.0.2.1"})
        assert proxy.getresponse().status == 401

    def test_without_a_certificate_that_is_believed_nobody_is_served(
        self, gateway, pairs, device, tmp_path
    ):
        for own in [None, pairs[0]]:
            with pytest.raises(OSError):
                self.ask(gateway, pairs, own, Authorization="Bearer " + self.KEY)
        gateway.await_log("TLS wasn't agreed upon with 127.0.0.1")
        # Of those who are believed, one that nobody has named needs a key.
        shutil.copy(pairs[0][0], tmp_path / "clients.pem")
        gateway.await_log("the settings were reloaded")
        assert self.ask(gateway, pairs, pairs[0]) == 401
        assert self.ask(gateway, pairs, pairs[0], Authorization="Bearer " + self.KEY) == 200
        with pytest.raises(OSError):
            self.ask(gateway, pairs, device)

    def test_commands_know_of_it(self, gateway):
        config = str(gateway.config)
        shown = run("key", "show", "device", "--config", config).stdout
        assert "certificate             device.example\n" in shown, shown
        assert "sha256" not in shown
        refused = run("key", "rotate", "device", "--config", config)
        assert refused.returncode != 0
        assert "has no key that could be replaced" in refused.stderr
        settings = json.loads(gateway.config.read_text())
        settings["gatewayAddress"] = f"127.0.0.1:{gateway.port}"
        gateway.config.write_text(json.dumps(settings))
        refused = run("health", "--config", config)
        assert refused.returncode == 2
        assert "such as http://127.0.0.1:8081, to gatewayAddress" in refused.stderr


def test_ollama_client_streams_word_by_word(gateway, pairs):
    client = ollama.Client(
        host=gateway.url,
        headers={"Authorization": "Bearer " + gateway.key},
        verify=gateway.trusting(pairs[0][0]),
    )
    parts = list(client.chat("demo", QUESTION, stream=True))
    assert len(parts) > 2
    assert parts[-1].done


def test_openai_client(gateway, pairs):
    client = openai.OpenAI(
        base_url=gateway.url + "/v1",
        api_key=gateway.key,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(verify=gateway.trusting(pairs[0][0])),
    )
    answer = client.chat.completions.create(model="demo", messages=QUESTION)
    assert answer.choices[0].message.content


def test_curl(gateway, pairs):
    if shutil.which("curl") is None:
        pytest.skip("not checked: curl over TLS: it isn't installed")
    for version in ["--tlsv1.2 --tls-max 1.2", "--tlsv1.3"]:
        command = ["curl", "-sS", "-N", *version.split(), "--cacert", str(pairs[0][0])]
        command += ["-H", "Authorization: Bearer " + gateway.key, gateway.url + "/api/chat"]
        command += ["-d", json.dumps({"model": "demo", "messages": QUESTION})]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[-1])["done"]


@pytest.mark.parametrize("client", ["ollama", "openai"])
def test_javascript_client(gateway, pairs, client):
    modules = pathlib.Path(os.environ.get("JAVASCRIPT_CLIENTS", "."))
    if shutil.which("node") is None or not (modules / "node_modules" / client).exists():
        pytest.skip(f"not checked: JavaScript's {client} over TLS: node or it isn't installed")
    # Packages are looked for from the script's own place upwards.
    script = modules / f"tls-{client}.mjs"
    shutil.copy(CLIENTS / "javascript" / (client + ".mjs"), script)
    done = subprocess.run(
        ["node", str(script), gateway.url, gateway.key],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(pairs[0][0])},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ok\n"


def test_go_client(gateway, pairs, tmp_path):
    if shutil.which("go") is None:
        pytest.skip("not checked: a Go client over TLS: go isn't installed")
    program = tmp_path / "client.go"
    shutil.copy(CLIENTS / "go" / "client.go", program)
    done = subprocess.run(
        ["go", "run", str(program), gateway.url, gateway.key, str(pairs[0][0])],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "GOFLAGS": "-mod=mod", "GO111MODULE": "off"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ok\n"


def test_openssl_verifies_each_version_and_gets_no_older_one(gateway, pairs):
    for version, good in [("-tls1_3", True), ("-tls1_2", True), ("-tls1_1", False)]:
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", version]
        command += ["-CAfile", str(pairs[0][0]), "-alpn", "h2,http/1.1"]
        done = subprocess.run(command, input="", capture_output=True, text=True, timeout=60)
        assert ("BEGIN CERTIFICATE" in done.stdout) == good, done.stdout + done.stderr
        assert not good or "Verify return code: 0 (ok)" in done.stdout, done.stdout
        assert ("ALPN protocol: http/1.1" in done.stdout) == good, done.stdout


def test_sslscan_finds_nothing_weak(gateway):
    if shutil.which("sslscan") is None:
        pytest.skip("not checked: what sslscan finds: it isn't installed")
    command = ["sslscan", "--no-colour", f"127.0.0.1:{gateway.port}"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    lines = [line.split() for line in found.splitlines()]
    for old in ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"]:
        assert [old, "disabled"] in lines, found
    assert "Session renegotiation not supported" in found
    assert "heartbleed" in found and not re.search("(?<!not )vulnerable", found), found
    suites = [line for line in lines if line[:1] in (["Preferred"], ["Accepted"])]
    assert len(suites) >= 6, found
    for suite in suites:
        name = suite[4]
        # Sealed as a whole, with forward secrecy.
        assert re.search("GCM|CHACHA20", name), found
        assert name.startswith(("TLS_", "ECDHE-")), found
    groups = {line[3] for line in lines if line[:1] == ["TLSv1.3"] and line[2:3] == ["bits"]}
    assert groups == {"x25519", "secp256r1", "secp384r1"}, found


def test_who_does_not_trust_the_certificate_gets_nothing(gateway, pairs):
    with pytest.raises(ssl.SSLCertVerificationError):
        status(gateway.connect(gateway.trusting(pairs[1][0])))
    with pytest.raises(ssl.SSLCertVerificationError):
        context = gateway.trusting(pairs[0][0])
        with socket.create_connection(("127.0.0.1", gateway.port)) as raw:
            context.wrap_socket(raw, server_hostname="localhost.example")


def test_a_request_without_tls_is_told(gateway):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(gateway.url.replace("https:", "http:"))
    assert refused.value.code == 400
    assert "https" in refused.value.read().decode()


def test_a_renewed_certificate_is_for_new_connections_and_harms_no_stream(gateway, pairs):
    both = gateway.trusting(pairs[0][0], pairs[1][0])
    connection = gateway.connect(both)
    connection.request(
        "POST",
        "/api/chat",
        json.dumps({"model": "demo", "messages": QUESTION}),
        {"Authorization": "Bearer " + gateway.key},
    )
    answer = connection.getresponse()
    first = answer.readline()
    put(pairs[1], gateway.pairs)
    deadline = time.monotonic() + SECONDS_MAX
    while subject(gateway) != "second":
        assert time.monotonic() < deadline, gateway.log.read_text()
    rest = answer.read().splitlines()
    assert not json.loads(first)["done"]
    assert json.loads(rest[-1])["done"]
    assert status(connection) == 200


def test_a_key_of_another_certificate_is_told_and_the_old_ones_stay(gateway, pairs):
    shutil.copy(pairs[1][1], gateway.pairs / "key.pem")
    gateway.await_log("no key of the certificate's kind")
    assert subject(gateway) == "first"
    put(pairs[1], gateway.pairs)
    gateway.await_log("the settings were reloaded")
    assert subject(gateway) == "second"


def test_a_certificate_is_renewed_though_the_settings_are_broken(gateway, pairs):
    gateway.config.write_text("{")
    gateway.await_log("the settings weren't reloaded")
    put(pairs[1], gateway.pairs)
    deadline = time.monotonic() + SECONDS_MAX
    while subject(gateway) != "second":
        assert time.monotonic() < deadline, gateway.log.read_text()


def test_a_handshake_that_fails_is_counted(gateway, pairs):
    with pytest.raises(ssl.SSLCertVerificationError):
        status(gateway.connect(gateway.trusting(pairs[1][0])))
    gateway.await_log("TLS wasn't agreed upon with 127.0.0.1")
    connection = gateway.connect(gateway.trusting(pairs[0][0]))
    connection.request("GET", "/metrics")
    metrics = connection.getresponse().read().decode()
    assert 'gateway_http_rejected_total{reason="tls_handshake"}' in metrics
    expiry = 'gateway_tls_certificate_expiry_timestamp_seconds{certificate="localhost"} '
    until = float(metrics.partition(expiry)[2].partition("\n")[0])
    assert 0 < until - time.time() <= 2 * 24 * 3600


def test_health_asks_with_tls(pairs, tmp_path):
    put(pairs[0], tmp_path)
    gateway = TlsGateway(tmp_path, gatewayAddress=f"127.0.0.1:{free_port()}")
    try:
        command = [os.environ["OLLAMA_GATEWAY"], "health", "--config", str(gateway.config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        # Until the restart that lets it listen there, too.
        settings = json.loads(gateway.config.read_text())
        plain = f"http://127.0.0.1:{free_port()}"
        settings["gatewayAddress"] = [plain, f"https://127.0.0.1:{gateway.port}"]
        gateway.config.write_text(json.dumps(settings))
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        # Until the one that switches it off.
        settings["gatewayAddress"] = f"127.0.0.1:{gateway.port}"
        del settings["tls"]
        gateway.config.write_text(json.dumps(settings))
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    finally:
        gateway.stop()


@pytest.mark.parametrize("command", [[], ["check"]])
def test_files_that_cannot_be_used_are_told_at_the_start(pairs, tmp_path, command):
    put(pairs[0], tmp_path)
    shutil.copy(pairs[1][1], tmp_path / "key.pem")
    config = tmp_path / "config.json"
    settings = {
        "ollamaAddresses": ["http://127.0.0.1:11434"],
        "gatewayAddress": "127.0.0.1:0",
        "apiKeys": ["x" * 20],
        "tls": {"certificate": "cert.pem", "privateKey": "key.pem"},
    }
    config.write_text(json.dumps(settings))
    done = subprocess.run(
        [os.environ["OLLAMA_GATEWAY"], *command, "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "key.pem: this is malformed, or no key of the certificate's kind (EC)" in done.stderr


def test_a_restart_switches_tls_off_and_a_reload_does_not(gateway, pairs):
    settings = json.loads(gateway.config.read_text())
    del settings["tls"]
    gateway.config.write_text(json.dumps(settings))
    gateway.process.send_signal(signal.SIGHUP)
    gateway.await_log("tls changed: it stays on until the next restart")
    assert status(gateway.connect(gateway.trusting(pairs[0][0]))) == 200


def test_the_server_learns_that_its_client_used_tls(pairs, tmp_path):
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers["X-Forwarded-Proto"])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    put(pairs[0], tmp_path)
    gateway = TlsGateway(
        tmp_path,
        demo="--demo-if-alone",
        ollamaAddresses=[f"http://127.0.0.1:{server.server_port}"],
    )
    try:
        connection = gateway.connect(gateway.trusting(pairs[0][0]))
        connection.request("GET", "/api/x", headers={"X-Api-Key": gateway.key})
        assert connection.getresponse().status == 200
        assert seen[-1] == "https"
    finally:
        gateway.stop()
        server.shutdown()
        server.server_close()


class TestCollector:
    """A collector of traces that speaks TLS."""

    @pytest.fixture
    def collector(self, pairs):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pairs[0])
        with Collector(context) as collector:
            collector.context = context
            yield collector

    @staticmethod
    def before(collector, ca, host="127.0.0.1"):
        endpoint = f"https://{host}:{collector.port}"
        gateway = Gateway(tracing={"endpoint": endpoint, "ca": str(ca)})
        TestServers.ask(gateway)
        return gateway

    @staticmethod
    def await_log(gateway, text):
        deadline = time.monotonic() + SECONDS_MAX
        while text not in gateway.log.read_text():
            assert time.monotonic() < deadline, gateway.log.read_text()
            time.sleep(0.02)

    def test_one_that_its_ca_vouches_for_is_told(self, collector, pairs):
        gateway = self.before(collector, pairs[0][0])
        try:
            assert b"resourceSpans" in collector.heard.get(timeout=SECONDS_MAX)[2]
        finally:
            assert gateway.stop() == 0, gateway.log.read_text()

    def test_one_that_nobody_vouches_for_is_told_nothing_until_somebody_does(
        self, collector, pairs, tmp_path
    ):
        ca = tmp_path / "ca.pem"
        shutil.copy(pairs[1][0], ca)
        gateway = self.before(collector, ca)
        try:
            self.await_log(gateway, "didn't take spans: TLS: nobody who is trusted vouches for")
            assert collector.heard.empty()
            shutil.copy(pairs[0][0], ca)
            assert b"resourceSpans" in collector.heard.get(timeout=SECONDS_MAX)[2]
        finally:
            assert gateway.stop() == 0, gateway.log.read_text()

    def test_one_with_a_certificate_for_another_name_is_told_nothing(self, collector, tmp_path):
        other = make(tmp_path, "other", host="other.example")
        collector.context.load_cert_chain(*other)
        gateway = self.before(collector, other[0], host="localhost")
        try:
            self.await_log(
                gateway, "didn't take spans: TLS: its certificate is for another name"
            )
            assert "matching localhost found" in gateway.log.read_text()
            assert collector.heard.empty()
        finally:
            assert gateway.stop() == 0, gateway.log.read_text()

    def test_check_names_a_file_that_cannot_be_used(self, collector, pairs, tmp_path):
        gateway = self.before(collector, pairs[0][0])
        assert gateway.stop() == 0, gateway.log.read_text()
        settings = json.loads(gateway.config.read_text())
        settings["tracing"]["ca"] = str(tmp_path / "missing.pem")
        file = tmp_path / "config.json"
        file.write_text(json.dumps(settings))
        done = run("check", "--config", str(file))
        assert done.returncode == 2, done
        assert f"tracing: {tmp_path / 'missing.pem'}: no such file" in done.stderr


class TestServers:
    """A gateway with TLS as the server of another one: with the key in its path it is one."""

    @pytest.fixture
    def server(self, pairs, tmp_path):
        put(pairs[0], tmp_path)
        server = TlsGateway(tmp_path, security={"keyInPath": True})
        yield server
        server.stop()

    @staticmethod
    def before(server, ca):
        entry = {"url": f"{server.url}/k/{server.key}", "ca": str(ca)}
        return Gateway("--demo-if-alone", ollamaAddresses=[entry])

    @staticmethod
    def ask(gateway):
        client = ollama.Client(
            host=gateway.url, headers={"Authorization": "Bearer " + gateway.key}
        )
        return list(client.chat("demo", QUESTION, stream=True))

    def test_one_that_its_ca_vouches_for_answers_word_by_word(self, server, pairs):
        gateway = self.before(server, pairs[0][0])
        try:
            parts = self.ask(gateway)
            assert len(parts) > 2
            assert parts[-1].done
        finally:
            assert gateway.stop() == 0

    def test_one_that_nobody_vouches_for_is_down_until_somebody_does(
        self, server, pairs, tmp_path
    ):
        ca = tmp_path / "ca.pem"
        shutil.copy(pairs[1][0], ca)
        gateway = self.before(server, ca)
        try:
            with pytest.raises(ollama.ResponseError) as refused:
                self.ask(gateway)
            assert refused.value.status_code in (502, 503)
            assert "nobody who is trusted vouches for its certificate" in gateway.log.read_text()
            shutil.copy(pairs[0][0], ca)
            deadline = time.monotonic() + SECONDS_MAX
            while "the settings were reloaded" not in gateway.log.read_text():
                assert time.monotonic() < deadline, gateway.log.read_text()
                time.sleep(0.02)
            while True:
                try:
                    assert self.ask(gateway)[-1].done
                    break
                except ollama.ResponseError:
                    assert time.monotonic() < deadline, gateway.log.read_text()
        finally:
            assert gateway.stop() == 0
