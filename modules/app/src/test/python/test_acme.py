"""Certificates that the full image orders by itself, from Let's Encrypt's own server for tests."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import stat
import subprocess
import time
import urllib.request

import pytest
from gateway import Gateway
from ports import free_port
from test_tls import make

PEBBLE = "github.com/letsencrypt/pebble/v2/cmd/{}@v2.10.3"
SECONDS_MAX = 60
HOST = "ollama.example.com"


@pytest.fixture(scope="module")
def full():
    program = os.environ.get("OLLAMA_GATEWAY_FULL", "")
    if not program:
        pytest.skip("not checked: the full image, which OLLAMA_GATEWAY_FULL is to name")
    return program


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Pebble, and a name server for it to which every name is this machine."""
    if shutil.which("go") is None:
        pytest.skip("not checked: certificates from Pebble, which go would build: it isn't installed")
    folder = tmp_path_factory.mktemp("go")
    for name in ["pebble", "pebble-challtestsrv"]:
        built = subprocess.run(
            ["go", "install", PEBBLE.format(name)],
            env={**os.environ, "GOBIN": str(folder), "GO111MODULE": "on"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        if built.returncode != 0:
            last = built.stderr.strip().splitlines()[-1]
            pytest.skip("not checked: certificates from Pebble, which go can't build: " + last)
    return folder


class Authority:
    """Pebble with a certificate of its own, which the settings have to trust."""

    def __init__(self, programs, folder, seconds, http_port, tls_port):
        self.certificate, key = make(folder, "authority")
        self.port, self.management, names = free_port(), free_port(), free_port()
        settings = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(self.certificate),
            "privateKey": str(key),
            "httpPort": http_port,
            "tlsPort": tls_port,
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "", "validityPeriod": seconds}},
        }
        file = folder / "pebble.json"
        file.write_text(json.dumps({"pebble": settings}))
        self.log = folder / "pebble.log"
        log = self.log.open("wb")
        off = [word for kind in ["http01", "https01", "tlsalpn01", "doh"] for word in ("-" + kind, "")]
        server = ["-dnsserver", f"127.0.0.1:{names}", "-management", f"127.0.0.1:{free_port()}"]
        self.processes = [
            subprocess.Popen(
                [str(programs / "pebble-challtestsrv"), "-defaultIPv6", "", *off, *server],
                stdout=log,
                stderr=log,
            ),
            subprocess.Popen(
                [str(programs / "pebble"), "-config", str(file), "-dnsserver", f"127.0.0.1:{names}"],
                stdout=log,
                stderr=log,
                env={**os.environ, "PEBBLE_VA_NOSLEEP": "1"},
            ),
        ]
        self.settings = {
            "hosts": [HOST],
            "agreeToTerms": True,
            "email": "admin@example.com",
            "directory": f"https://localhost:{self.port}/dir",
            "ca": str(self.certificate),
        }
        deadline = time.monotonic() + SECONDS_MAX
        for port in [self.port, self.management]:
            while not is_open(port):
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)

    def trusting(self):
        """Of clients that trust those who have a certificate of this authority."""
        own = ssl.create_default_context(cafile=str(self.certificate))
        url = f"https://localhost:{self.management}/roots/0"
        root = urllib.request.urlopen(url, context=own, timeout=SECONDS_MAX).read().decode()
        return ssl.create_default_context(cadata=root)

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def ordering(full, programs, folder, seconds=90 * 86_400, **acme):
    """An authority, and a gateway that has ordered nothing yet."""
    plain, secured = free_port(), free_port()
    authority = Authority(programs, folder, seconds, plain, secured)
    try:
        gateway = Gateway(
            program=full,
            gatewayAddress=[f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secured}"],
            # Nobody but this machine may ask: the authority may all the same.
            security={"denyIps": ["127.0.0.9"]},
            tls={"acme": {**authority.settings, **acme}},
        )
        gateway.url, gateway.secured = f"http://127.0.0.1:{plain}", secured
        try:
            yield gateway, authority
        finally:
            assert gateway.stop() == 0, gateway.log.read_text()
    finally:
        authority.stop()


def serial(gateway, context):
    """Of the certificate that a client gets which verifies it."""
    connection = socket.create_connection(("127.0.0.1", gateway.secured), timeout=SECONDS_MAX)
    with context.wrap_socket(connection, server_hostname=HOST) as shaken:
        return shaken.getpeercert()["serialNumber"]


def await_serial(gateway, context, other=None):
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        try:
            found = serial(gateway, context)
            if found != other:
                return found
        except OSError:
            pass
        assert time.monotonic() < deadline, gateway.log.read_text()
        time.sleep(0.1)


@pytest.mark.parametrize("challenge", ["tls-alpn-01", "http-01"])
def test_a_certificate_is_ordered_at_the_start(full, programs, tmp_path, challenge):
    with ordering(full, programs, tmp_path, challenge=challenge) as (gateway, authority):
        context = authority.trusting()
        await_serial(gateway, context)
        connection = http.client.HTTPSConnection(
            "127.0.0.1", gateway.secured, timeout=SECONDS_MAX, context=context
        )
        # As a client does that knows the host by its name.
        connection.sock = context.wrap_socket(
            socket.create_connection(("127.0.0.1", gateway.secured)), server_hostname=HOST
        )
        connection.request("GET", "/api/version", headers={"Authorization": "Bearer " + gateway.key})
        assert connection.getresponse().status == 200
        kept = gateway.folder / "acme" / f"localhost_{authority.port}_dir"
        assert sorted(file.name for file in kept.iterdir()) == [
            "account.key",
            "lock",
            HOST + ".pem",
        ]
        for file in [kept / "account.key", kept / (HOST + ".pem")]:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(kept.stat().st_mode) == 0o700
        assert gateway.metric("gateway_tls_certificate_expiry_timestamp_seconds") > time.time()
        # What somebody deletes by mistake stays in use, and is ordered anew.
        before = serial(gateway, context)
        (kept / (HOST + ".pem")).unlink()
        await_serial(gateway, context, other=before)
        log = gateway.log.read_text()
        assert HOST + " had stays until a new one comes" in log, log


def test_a_certificate_is_renewed_and_a_stream_goes_on(full, programs, tmp_path):
    with ordering(full, programs, tmp_path, seconds=20) as (gateway, authority):
        context = authority.trusting()
        first = await_serial(gateway, context)
        socket_of_stream = context.wrap_socket(
            socket.create_connection(("127.0.0.1", gateway.secured), timeout=SECONDS_MAX),
            server_hostname=HOST,
        )
        # 20 words a second: it runs when the next certificate comes.
        body = json.dumps({"model": "demo", "prompt": "Hello", "options": {"num_predict": 400}})
        stream = http.client.HTTPSConnection("127.0.0.1", gateway.secured)
        stream.sock = socket_of_stream
        headers = {"Authorization": "Bearer " + gateway.key}
        stream.request("POST", "/api/generate", body, headers)
        answer = stream.getresponse()
        assert answer.status == 200 and answer.readline()
        await_serial(gateway, context, other=first)
        lines = answer.read().decode().splitlines()
        assert json.loads(lines[-1])["done"]


def test_without_a_certificate_the_gateway_serves_where_no_tls_is_spoken(full, tmp_path):
    plain, secured = free_port(), free_port()
    nobody = free_port()
    acme = {
        "hosts": [HOST],
        "agreeToTerms": True,
        "directory": f"https://127.0.0.1:{nobody}/dir",
    }
    gateway = Gateway(
        program=full,
        gatewayAddress=[f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secured}"],
        tls={"acme": acme},
    )
    try:
        deadline = time.monotonic() + SECONDS_MAX
        while HOST + " has no new certificate" not in gateway.log.read_text():
            assert time.monotonic() < deadline, gateway.log.read_text()
            time.sleep(0.05)
        line = next(
            line for line in gateway.log.read_text().splitlines() if "no new certificate" in line
        )
        assert "it has none yet; the next try is at" in line
        assert f"127.0.0.1:{nobody} can't be reached: nobody is there" in line, line
        url = f"http://127.0.0.1:{plain}/gateway/live"
        assert urllib.request.urlopen(url, timeout=SECONDS_MAX).status == 200
        with pytest.raises(OSError):
            serial_of_anybody(secured)
    finally:
        gateway.stop()


def serial_of_anybody(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
    with context.wrap_socket(connection, server_hostname=HOST):
        pass


def test_the_plain_image_says_what_it_takes(tmp_path):
    file = tmp_path / "config.json"
    acme = {"hosts": [HOST], "agreeToTerms": True}
    file.write_text(json.dumps({"ollamaAddresses": ["http://gpu:11434"], "tls": {"acme": acme}}))
    for command in [["check", "--config", str(file)], ["--config", str(file)]]:
        done = subprocess.run(
            [os.environ["OLLAMA_GATEWAY"], *command], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 2, done.stderr
        assert done.stderr.strip() == (
            f"{file}: tls.acme: this image can't order certificates: take the full one"
            " (make image-full, or the container's tag that ends in -full)"
        )
