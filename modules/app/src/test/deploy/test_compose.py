"""compose.yaml, its settings and Prometheus' file."""

import yaml
from compose import ComposeFile, assert_prometheus_takes
from conftest import TOP

COMPOSE = ComposeFile("compose.yaml")


def test_every_mounted_file_and_volume_is_there():
    COMPOSE.assert_sources_are_there()


def test_the_gateways_settings_are_good_and_name_the_servers_beside_it(check):
    settings = COMPOSE.mounts("gateway")["/config.json"]
    text = (TOP / settings).read_text()
    status, said = check(text, GATEWAY_KEY="k" * 32)
    assert status == 0, said
    for server in yaml.safe_load(text)["ollamaAddresses"]:
        host = server.removeprefix("http://").split(":")[0]
        assert host in COMPOSE.services, host


def test_prometheus_asks_the_gateway():
    file = COMPOSE.mounts("prometheus")["/etc/prometheus/prometheus.yml"]
    jobs = yaml.safe_load((TOP / file).read_text())
    targets = jobs["scrape_configs"][0]["static_configs"][0]["targets"]
    assert targets == ["gateway:8080"]


def test_prometheus_takes_its_file():
    assert_prometheus_takes("deploy/prometheus.yaml")


def test_compose_takes_it():
    COMPOSE.assert_compose_takes_it(GATEWAY_KEY="k" * 32)


def test_grafana_finds_prometheus_and_the_dashboard():
    mounted = {at: TOP / source for at, source in COMPOSE.mounts("grafana").items()}
    provisioning = mounted["/etc/grafana/provisioning"]
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())
    assert [source["url"] for source in sources["datasources"]] == ["http://prometheus:9090"]
    providers = yaml.safe_load((provisioning / "dashboards" / "ollama-gateway.yaml").read_text())
    folder = providers["providers"][0]["options"]["path"]
    assert any(target.startswith(folder + "/") for target in mounted), folder
