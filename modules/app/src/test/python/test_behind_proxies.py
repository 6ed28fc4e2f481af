"""Real proxies in front of a gateway that trusts them: it sees their clients."""

import http.client
import json
import shutil
import socket
import subprocess
import time

import pytest
from gateway import Gateway
from ports import free_port

START_SECONDS_MAX = 30
# A client is told from others by its address alone, so each connects from one of its own.
ALLOWED = "127.0.0.77"
DENIED = "127.0.0.66"

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder};
  proxy_temp_path {folder};
  fastcgi_temp_path {folder};
  uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{gateway};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For {forwarded_for};
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host "";
      proxy_set_header Forwarded "";
      proxy_buffering off;
    }}
  }}
}}
"""

HAPROXY = """
defaults
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen front
  bind 127.0.0.1:{port}
  {mode}
  server gateway 127.0.0.1:{gateway} {options}
"""

CADDY = """
{{
  admin off
  auto_https off
  storage file_system {folder}
}}
http://:{port} {{
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:{gateway} {{
    header_up -Forwarded
  }}
}}
"""


class Proxy:
    """A proxy on a free port, before a gateway that is started with it."""

    def __init__(self, folder, command, config, proxy_protocol=False, **names):
        program = shutil.which(command[0])
        if program is None:
            pytest.skip(f"not checked behind {command[0]}: it isn't installed")
        self.gateway = Gateway(
            security={
                "trustedProxies": ["127.0.0.1"],
                "proxyProtocol": proxy_protocol,
                "denyIps": [DENIED],
            }
        )
        self.port = free_port()
        names.update(folder=folder, port=self.port, gateway=self.gateway.url.rpartition(":")[2])
        file = folder / "proxy.conf"
        file.write_text(config.format(**names))
        self.process = subprocess.Popen(
            [program] + [word.format(file=file, folder=folder) for word in command[1:]],
            stdout=(folder / "out").open("wb"),
            stderr=subprocess.STDOUT,
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        )
        try:
            self.await_listening(folder)
        except BaseException:
            self.stop()
            raise

    def await_listening(self, folder):
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((folder / "out").read_text()) from None
                time.sleep(0.02)

    def stop(self):
        self.process.terminate()
        self.process.wait(START_SECONDS_MAX)
        self.gateway.stop()

    def connect(self, client):
        return http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=60, source_address=(client, 0)
        )

    def status(self, client, **headers):
        connection = self.connect(client)
        try:
            connection.request("GET", "/", headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()


NGINX_COMMAND = ["nginx", "-p", "{folder}", "-c", "{file}"]
HAPROXY_COMMAND = ["haproxy", "-db", "-f", "{file}"]
PROXIES = {
    # As docs/security.md has them.
    "nginx": (NGINX_COMMAND, NGINX, {"forwarded_for": "$remote_addr"}),
    "nginx-behind-another": (
        NGINX_COMMAND,
        NGINX,
        {"forwarded_for": "$proxy_add_x_forwarded_for"},
    ),
    "haproxy": (
        HAPROXY_COMMAND,
        HAPROXY,
        {
            "mode": "mode http\n"
            "  option forwardfor\n"
            "  http-request del-header Forwarded\n"
            "  http-request del-header X-Forwarded-Host\n"
            "  http-request set-header X-Forwarded-Proto https if { ssl_fc }",
            "options": "",
        },
    ),
    "haproxy-proxy-v1": (
        HAPROXY_COMMAND,
        HAPROXY,
        {"mode": "mode tcp", "options": "send-proxy", "proxy_protocol": True},
    ),
    "haproxy-proxy-v2": (
        HAPROXY_COMMAND,
        HAPROXY,
        {
            "mode": "mode tcp",
            "options": "send-proxy-v2 proxy-v2-options crc32c check inter 200",
            "proxy_protocol": True,
        },
    ),
    "caddy": (["caddy", "run", "--adapter", "caddyfile", "--config", "{file}"], CADDY, {}),
}


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request, tmp_path_factory):
    command, config, names = PROXIES[request.param]
    proxy = Proxy(tmp_path_factory.mktemp(request.param), command, config, **names)
    yield proxy
    proxy.stop()


def test_rules_for_addresses_see_the_client(proxy):
    assert proxy.status(ALLOWED) == 200
    assert proxy.status(DENIED) == 403


def test_what_a_client_claims_counts_for_nothing(proxy):
    assert proxy.status(ALLOWED, **{"X-Forwarded-For": DENIED}) == 200
    assert proxy.status(DENIED, **{"X-Forwarded-For": ALLOWED}) == 403
    assert proxy.status(DENIED, **{"X-Forwarded-For": "\"x", "X-Real-IP": ALLOWED}) == 403
    assert proxy.status(DENIED, Forwarded="for=" + ALLOWED) == 403
    assert proxy.status(ALLOWED, Forwarded="for=" + DENIED) == 200


def test_the_log_names_the_client(proxy):
    key = {"Authorization": "Bearer " + proxy.gateway.key}
    connection = proxy.connect(ALLOWED)
    connection.request("GET", "/api/tags", headers=key)
    assert connection.getresponse().status == 200
    connection.close()
    deadline = time.monotonic() + START_SECONDS_MAX
    while ALLOWED not in proxy.gateway.log.read_text():
        assert time.monotonic() < deadline, proxy.gateway.log.read_text()
        time.sleep(0.02)


def test_an_answer_still_comes_word_by_word(proxy):
    body = json.dumps({"model": "demo", "messages": [{"role": "user", "content": "Hello"}]})
    connection = proxy.connect(ALLOWED)
    connection.request(
        "POST", "/api/chat", body, {"Authorization": "Bearer " + proxy.gateway.key}
    )
    answer = connection.getresponse()
    pieces = []
    while piece := answer.read1(65536):
        pieces.append(piece)
    connection.close()
    assert answer.status == 200, pieces
    assert json.loads(b"".join(pieces).splitlines()[-1])["done"]
    assert len(pieces) > 2
