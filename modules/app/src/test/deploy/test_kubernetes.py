"""deploy/kubernetes against the schemas that Kubernetes publishes, and against the gateway."""

import copy

import kubernetes_validate
import pytest
import yaml
from conftest import TOP

FOLDER = TOP / "deploy" / "kubernetes"
# Older ones lack the `sleep` of preStop.
VERSIONS = ["1.32", "1.34", kubernetes_validate.latest_version()]


def resource(name):
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text())


def container(deployment):
    return deployment["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "name", ["deployment", "service", "configmap", "secret", "poddisruptionbudget"]
)
def test_is_valid(name, version):
    kubernetes_validate.validate(resource(name), version, strict=True)


def test_the_schema_finds_a_misspelled_field():
    broken = copy.deepcopy(resource("deployment"))
    broken["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[-1], strict=True)


def test_every_file_is_checked_or_said_to_be_unchecked():
    names = {file.stem for file in FOLDER.glob("*.yaml")}
    # The last one's schema is the Prometheus operator's, which no package here carries.
    assert names == {
        "deployment", "service", "configmap", "secret", "poddisruptionbudget", "servicemonitor",
    }


def test_selectors_find_the_pods():
    labels = resource("deployment")["spec"]["template"]["metadata"]["labels"]
    found = [
        resource("deployment")["spec"]["selector"]["matchLabels"],
        resource("service")["spec"]["selector"],
        resource("poddisruptionbudget")["spec"]["selector"]["matchLabels"],
    ]
    for selector in found:
        assert selector.items() <= labels.items()
    monitored = resource("servicemonitor")["spec"]["selector"]["matchLabels"]
    assert monitored.items() <= resource("service")["metadata"]["labels"].items()


def test_ports_go_by_one_name():
    ports = {port["name"] for port in container(resource("deployment"))["ports"]}
    service = {port["name"]: port["targetPort"] for port in resource("service")["spec"]["ports"]}
    assert set(service.values()) <= ports
    for endpoint in resource("servicemonitor")["spec"]["endpoints"]:
        assert endpoint["port"] in service


def test_the_pod_waits_for_running_answers():
    spec = resource("deployment")["spec"]["template"]["spec"]
    pause = container(resource("deployment"))["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain_seconds = 30  # the default of timeouts.drainSeconds
    assert spec["terminationGracePeriodSeconds"] > pause + drain_seconds


def test_the_settings_are_good(check):
    settings = resource("configmap")["data"]["config.json"]
    status, said = check(settings, GATEWAY_KEY="k" * 32)
    assert status == 0, said


def test_an_empty_key_is_refused(check):
    assert resource("secret")["stringData"]["key"] == ""
    status, said = check(resource("configmap")["data"]["config.json"], GATEWAY_KEY="")
    assert status == 2
    assert "apiKeys[0]" in said
