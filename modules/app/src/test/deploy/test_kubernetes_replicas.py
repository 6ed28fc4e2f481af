"""deploy/kubernetes-replicas: what kubectl makes of it, against Kubernetes' schemas and the gateway."""

import json
import re
import shutil
import subprocess

import kubernetes_validate
import pytest
import yaml
from conftest import TOP
from test_kubernetes import FOLDER, VERSIONS, container

OVERLAY = TOP / "deploy" / "kubernetes-replicas"
NAME = "ollama-gateway"
VALKEY = "ollama-gateway-valkey"
SECRETS = {"GATEWAY_KEY": "k" * 32, "VALKEY_PASSWORD": "p" * 32}


@pytest.fixture(scope="module")
def resources():
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl isn't installed: deploy/kubernetes-replicas wasn't put together")
    done = subprocess.run(
        ["kubectl", "kustomize", str(OVERLAY)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found = list(yaml.safe_load_all(done.stdout))
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


@pytest.fixture
def deployment(resources):
    return resources["Deployment", NAME]


@pytest.fixture
def settings(resources):
    return resources["ConfigMap", NAME]["data"]["config.json"]


def labels(workload):
    return workload["spec"]["template"]["metadata"]["labels"]


def test_is_what_it_is_to_be(resources):
    assert set(resources) == {
        ("ConfigMap", NAME), ("Deployment", NAME), ("Service", NAME),
        ("PodDisruptionBudget", NAME), ("HorizontalPodAutoscaler", NAME),
        ("Service", VALKEY), ("StatefulSet", VALKEY), ("NetworkPolicy", VALKEY),
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_all_are_valid(resources, version):
    for resource in resources.values():
        kubernetes_validate.validate(resource, version, strict=True)


def test_every_file_is_part_of_it_or_said_not_to_be():
    taken = yaml.safe_load((OVERLAY / "kustomization.yaml").read_text())
    names = {*taken["resources"], *(patch["path"] for patch in taken["patches"])}
    # The last is for Helm.
    assert {file.name for file in OVERLAY.glob("*.yaml")} == (
        names - {"../kubernetes"} | {"kustomization.yaml", "prometheus-adapter.yaml"}
    )


def test_the_folder_below_leaves_out_what_is_put_there_by_hand():
    taken = set(yaml.safe_load((FOLDER / "Kustomization").read_text())["resources"])
    assert {file.name for file in FOLDER.glob("*.yaml")} - taken == {
        "secret.yaml", "servicemonitor.yaml",
    }


def test_the_gateway_is_the_full_image_of_this_version(deployment):
    version = re.search(r"^  <version>(.*)</version>", (TOP / "pom.xml").read_text(), re.M)[1]
    assert container(deployment)["image"] == f"ollama-gateway:{version}-full"


def test_the_settings_are_good(settings, check_full):
    status, said = check_full(settings, **SECRETS)
    assert status == 0, said


def test_the_settings_name_valkeys_service_and_a_password_that_both_get(resources, settings):
    shared = json.loads(settings)["shared"]
    host, port = shared["url"].removeprefix("valkey://").split(":")
    service = resources["Service", host]["spec"]
    assert int(port) == service["ports"][0]["port"]
    valkey = resources["StatefulSet", VALKEY]
    assert service["selector"].items() <= labels(valkey).items()
    assert shared["password"] == "${VALKEY_PASSWORD}"
    references = [
        entry["valueFrom"]["secretKeyRef"]
        for workload in (resources["Deployment", NAME], valkey)
        for entry in container(workload)["env"]
        if entry["name"] in ("VALKEY_PASSWORD", "VALKEYCLI_AUTH")
    ]
    assert len(references) == 2
    assert references[0] == references[1]


def test_the_readme_makes_each_secret(resources):
    readme = (OVERLAY / "README.md").read_text()
    for workload in (resources["Deployment", NAME], resources["StatefulSet", VALKEY]):
        for entry in container(workload)["env"]:
            wanted = entry["valueFrom"]["secretKeyRef"]
            command = f"create secret generic {wanted['name']} --from-literal={wanted['key']}="
            assert command in readme, command


def test_only_gateways_reach_valkey(resources, deployment):
    policy = resources["NetworkPolicy", VALKEY]["spec"]
    valkey = resources["StatefulSet", VALKEY]
    assert policy["podSelector"]["matchLabels"].items() <= labels(valkey).items()
    ((source,),) = [rule["from"] for rule in policy["ingress"]]
    assert source["podSelector"]["matchLabels"].items() <= labels(deployment).items()
    assert not source["podSelector"]["matchLabels"].items() <= labels(valkey).items()
    assert (policy["egress"], policy["policyTypes"]) == ([], ["Ingress", "Egress"])
    (port,) = policy["ingress"][0]["ports"]
    assert port["port"] in {each["name"] for each in container(valkey)["ports"]}


def test_a_new_pod_is_ready_before_an_old_one_stops_which_waits_for_running_answers(
    deployment, settings
):
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    pause = container(deployment)["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = json.loads(settings)["timeouts"]["drainSeconds"]
    spec = deployment["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] > pause + drain
    # Its endpoint is gone from everywhere before SIGTERM, which stops listening.
    assert pause >= container(deployment)["readinessProbe"]["periodSeconds"]


def test_pods_are_spread_over_hosts_and_zones(deployment):
    spread = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert {each["topologyKey"] for each in spread} == {
        "kubernetes.io/hostname", "topology.kubernetes.io/zone",
    }
    for each in spread:
        assert each["labelSelector"]["matchLabels"].items() <= labels(deployment).items()


def test_the_autoscaler_alone_says_how_many(resources, deployment):
    autoscaler = resources["HorizontalPodAutoscaler", NAME]["spec"]
    assert "replicas" not in deployment["spec"]
    assert autoscaler["scaleTargetRef"]["name"] == NAME
    assert 2 <= autoscaler["minReplicas"] < autoscaler["maxReplicas"]


def test_the_autoscalers_metric_is_one_that_the_adapter_makes_of_the_gateways(resources):
    (metric,) = resources["HorizontalPodAutoscaler", NAME]["spec"]["metrics"]
    name = metric["pods"]["metric"]["name"]
    (rule,) = yaml.safe_load((OVERLAY / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    assert rule["name"]["as"] == name
    series = rule["seriesQuery"].split("{")[0]
    assert f"| `{series}` | gauge |" in (TOP / "docs" / "metrics.md").read_text()


@pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool isn't installed (apt-get install prometheus): the adapter's query wasn't checked",
)
def test_the_adapters_query_is_one(tmp_path):
    (rule,) = yaml.safe_load((OVERLAY / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    query = rule["metricsQuery"]
    for name, value in {
        "Series": "gateway_requests_in_flight",
        "LabelMatchers": 'namespace="ollama",pod=~"a|b"',
        "GroupBy": "pod",
    }.items():
        query = query.replace(f"<<.{name}>>", value)
    file = tmp_path / "rules.yaml"
    rules = [{"record": "checked", "expr": query}]
    file.write_text(yaml.safe_dump({"groups": [{"name": "checked", "rules": rules}]}))
    done = subprocess.run(
        ["promtool", "check", "rules", str(file)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
