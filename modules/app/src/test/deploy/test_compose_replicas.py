"""compose-replicas.yaml, its settings, and HAProxy's and Prometheus' files."""

import ipaddress
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml
from compose import ComposeFile, assert_haproxy_takes, assert_prometheus_takes
from conftest import TOP

COMPOSE = ComposeFile("compose-replicas.yaml")
SERVICES = COMPOSE.services
GATEWAYS = ["gateway-1", "gateway-2"]
SECRETS = {"GATEWAY_KEY": "k" * 32, "VALKEY_PASSWORD": "p" * 32}


def settings():
    files = {COMPOSE.mounts(gateway)["/config.json"] for gateway in GATEWAYS}
    assert len(files) == 1
    return (TOP / files.pop()).read_text()


def test_every_mounted_file_volume_and_network_is_there():
    COMPOSE.assert_sources_are_there()
    for service in SERVICES.values():
        for network in service.get("networks", []):
            assert network in [*COMPOSE.networks, "default"], network


def test_what_stands_in_the_other_file_is_there_with_its_volumes():
    extended = [service["extends"] for service in SERVICES.values() if "extends" in service]
    assert len(extended) == 4
    for extends in extended:
        other = yaml.safe_load((TOP / extends["file"]).read_text())
        for volume in other["services"][extends["service"]].get("volumes", []):
            COMPOSE.assert_source_is_there(volume.split(":")[0])


def test_the_gateways_are_the_full_image_of_this_version():
    version = re.search(r"^  <version>(.*)</version>", (TOP / "pom.xml").read_text(), re.M)[1]
    for gateway in GATEWAYS:
        assert SERVICES[gateway]["image"] == f"ollama-gateway:{version}-full"
        assert SERVICES[gateway]["build"]["args"] == {"IMAGE": "full"}


def test_each_gateway_keeps_what_is_its_own_by_itself():
    assert len({COMPOSE.mounts(gateway)["/state"] for gateway in GATEWAYS}) == len(GATEWAYS)


def test_the_settings_are_good_and_name_the_servers_beside_them(check_full):
    status, said = check_full(settings(), **SECRETS)
    assert status == 0, said
    for server in json.loads(settings())["ollamaAddresses"]:
        assert server.removeprefix("http://").split(":")[0] in SERVICES, server


def test_the_settings_name_valkey_and_its_password():
    shared = json.loads(settings())["shared"]
    host, port = shared["url"].removeprefix("valkey://").split(":")
    assert (host in SERVICES, port) == (True, "6379")
    assert shared["password"] == "${VALKEY_PASSWORD}"
    assert SERVICES[host]["environment"]["VALKEYCLI_AUTH"].startswith("${VALKEY_PASSWORD")
    assert "requirepass $$VALKEYCLI_AUTH" in SERVICES[host]["command"][-1]


def test_nobody_but_the_gateways_reaches_valkey():
    beside = [name for name, service in SERVICES.items() if "shared" in service.get("networks", [])]
    assert sorted(beside) == [*GATEWAYS, "valkey"]
    assert SERVICES["valkey"]["networks"] == ["shared"]
    assert COMPOSE.networks["shared"]["internal"]
    assert "ports" not in SERVICES["valkey"]


def test_the_gateways_trust_haproxy_alone():
    address = SERVICES["haproxy"]["networks"]["front"]["ipv4_address"]
    assert json.loads(settings())["security"]["trustedProxies"] == [address]
    (front,) = COMPOSE.networks["front"]["ipam"]["config"]
    assert ipaddress.ip_address(address) in ipaddress.ip_network(front["subnet"])
    # Or somebody else might get it.
    assert ipaddress.ip_address(address) not in ipaddress.ip_network(front["ip_range"])
    for gateway in GATEWAYS:
        assert "ports" not in SERVICES[gateway]


def test_haproxy_asks_the_gateways():
    text = (TOP / COMPOSE.mounts("haproxy")["/usr/local/etc/haproxy/haproxy.cfg"]).read_text()
    servers = re.findall(r"^    server (\S+) (\S+):8080$", text, re.M)
    assert servers == 2 * [(gateway, gateway) for gateway in GATEWAYS]
    for gateway in GATEWAYS:
        assert "front" in SERVICES[gateway]["networks"]


def test_running_answers_end_before_anything_is_killed():
    drain = json.loads(settings())["timeouts"]["drainSeconds"]
    for service in [*GATEWAYS, "haproxy"]:
        assert int(SERVICES[service]["stop_grace_period"].removesuffix("s")) > drain


def test_haproxy_waits_longer_than_the_gateways():
    text = (TOP / "deploy" / "haproxy.cfg").read_text()
    first_byte_hours = 1  # the default of timeouts.firstByteSeconds
    for timeout in ["client", "server", "tunnel"]:
        assert int(re.search(rf"timeout {timeout} (\d+)h", text)[1]) > first_byte_hours


def test_haproxy_takes_its_file():
    assert_haproxy_takes("deploy/haproxy.cfg")


def test_prometheus_asks_each_gateway():
    text = (TOP / COMPOSE.mounts("prometheus")["/etc/prometheus/prometheus.yml"]).read_text()
    (job,) = yaml.safe_load(text)["scrape_configs"]
    targets = job["static_configs"][0]["targets"]
    assert targets == [f"{gateway}:8080" for gateway in GATEWAYS]


def test_prometheus_takes_its_file():
    assert_prometheus_takes("deploy/replicas-prometheus.yaml")


def test_compose_takes_it():
    COMPOSE.assert_compose_takes_it(**SECRETS)


def test_valkey_takes_its_settings_from_standard_input(tmp_path):
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        pytest.skip("neither valkey-server nor redis-server is installed: it wasn't started")
    script = SERVICES["valkey"]["command"][-1].replace("$$", "$")
    # On no port and in a folder of its own; nothing else is changed.
    script = script.replace("valkey-server", program)
    script = script.replace("dir /data", f"dir {tmp_path}\nport 0\nunixsocket {tmp_path}/socket")
    server = subprocess.Popen(
        ["sh", "-c", script],
        env={**os.environ, "VALKEYCLI_AUTH": "p" * 32},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for line in server.stdout:
            if "accept connections" in line:
                break
        else:
            raise AssertionError(f"it ended with {server.wait()}")
        assert "p" * 32 not in open(f"/proc/{server.pid}/cmdline").read()
    finally:
        server.terminate()
        server.wait(60)
