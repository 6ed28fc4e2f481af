"""compose.yaml, its settings and Prometheus' file."""

import os
import shutil
import subprocess

import pytest
import yaml
from conftest import TOP

COMPOSE = yaml.safe_load((TOP / "compose.yaml").read_text())


def mounts(service):
    for volume in COMPOSE["services"][service].get("volumes", []):
        source, target, *_ = volume.split(":")
        yield source, target


def test_every_mounted_file_and_volume_is_there():
    for service in COMPOSE["services"]:
        for source, _ in mounts(service):
            if source.startswith("./"):
                assert (TOP / source).exists(), source
            else:
                assert source in COMPOSE["volumes"], source


def test_the_gateways_settings_are_good_and_name_the_servers_beside_it(check):
    settings = dict((target, source) for source, target in mounts("gateway"))["/config.json"]
    text = (TOP / settings).read_text()
    status, said = check(text, GATEWAY_KEY="k" * 32)
    assert status == 0, said
    for server in yaml.safe_load(text)["ollamaAddresses"]:
        host = server.removeprefix("http://").split(":")[0]
        assert host in COMPOSE["services"], host


def test_prometheus_asks_the_gateway():
    file = dict((target, source) for source, target in mounts("prometheus"))
    jobs = yaml.safe_load((TOP / file["/etc/prometheus/prometheus.yml"]).read_text())
    targets = jobs["scrape_configs"][0]["static_configs"][0]["targets"]
    assert targets == ["gateway:8080"]


@pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool isn't installed (apt-get install prometheus): its file wasn't checked",
)
def test_prometheus_takes_its_file():
    done = subprocess.run(
        ["promtool", "check", "config", str(TOP / "deploy" / "prometheus.yaml")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(
    subprocess.run(["docker", "compose", "version"], capture_output=True).returncode != 0
    if shutil.which("docker")
    else True,
    reason="docker compose isn't installed: compose.yaml wasn't read by it",
)
def test_compose_takes_it():
    done = subprocess.run(
        ["docker", "compose", "--file", str(TOP / "compose.yaml"), "config", "--quiet"],
        env={**os.environ, "GATEWAY_KEY": "k" * 32},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_grafana_finds_prometheus_and_the_dashboard():
    mounted = {target: TOP / source for source, target in mounts("grafana")}
    provisioning = mounted["/etc/grafana/provisioning"]
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())
    assert [source["url"] for source in sources["datasources"]] == ["http://prometheus:9090"]
    providers = yaml.safe_load((provisioning / "dashboards" / "ollama-gateway.yaml").read_text())
    folder = providers["providers"][0]["options"]["path"]
    assert any(target.startswith(folder + "/") for target in mounted), folder
