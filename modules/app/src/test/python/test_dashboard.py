"""The dashboard's queries and the alerts, by a Prometheus that reads the gateway."""

import json
import pathlib
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request

import ollama
import pytest
from gateway import Gateway
from ports import free_port

TOP = pathlib.Path(__file__).resolve().parents[5]
DEPLOY = TOP / "deploy"
DASHBOARD = DEPLOY / "grafana" / "ollama-gateway.json"
SECONDS_MAX = 60

# What the gateway below has nothing of: no TLS, no limit of a key, nobody who waits, no retry.
NOTHING_TO_SHOW = re.compile("tls_certificate|key_quota|key_rate_limit|queue_wait_s|http_rejected|5\\.\\.|retries")

missing = pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None,
    reason="not checked: dashboard and alerts, by Prometheus, which isn't installed"
    " (apt-get install prometheus)",
)


def panels():
    dashboard = json.loads(DASHBOARD.read_text())
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(panel):
    return [target["expr"] for target in panel["targets"]]


def documented():
    """The names of the metrics, with those of a histogram."""
    page = (TOP / "docs" / "metrics.md").read_text()
    names = set()
    for name, kind in re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE):
        names.add(name)
        names.update(name + end for end in ["_bucket", "_sum", "_count"] if kind == "histogram")
    return names


def named(query):
    return re.findall(r"\b(?:gateway|process|jvm)_\w+", query)


def test_dashboard_and_alerts_name_metrics_that_there_are():
    known = documented()
    everything = [query for panel in panels() for query in queries(panel)]
    everything.append((DEPLOY / "alerts.yaml").read_text())
    for query in everything:
        assert set(named(query)) <= known, query


def test_each_panel_has_a_place_of_its_own():
    taken = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24 and (x, y) not in taken, panel["title"]
                taken.add((x, y))


@missing
@pytest.mark.parametrize("command", [["check", "rules", "alerts.yaml"], ["test", "rules", "alerts-test.yaml"]])
def test_promtool_takes_the_alerts(command):
    done = subprocess.run(
        ["promtool", *command], cwd=DEPLOY, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def ask(port, query):
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(url, timeout=SECONDS_MAX) as answer:
        found = json.load(answer)
    assert found["status"] == "success", found
    return found["data"]["result"]


def await_that(holds):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@missing
def test_prometheus_answers_each_query_of_the_dashboard(tmp_path):
    port = free_port()
    gateway = Gateway()
    settings = tmp_path / "prometheus.yaml"
    target = gateway.url.removeprefix("http://")
    settings.write_text(
        json.dumps(
            {
                "scrape_configs": [
                    {
                        "job_name": "ollama-gateway",
                        "scrape_interval": "1s",
                        "static_configs": [{"targets": [target]}],
                    }
                ]
            }
        )
    )
    prometheus = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={settings}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        stdout=(tmp_path / "log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        client = ollama.Client(gateway.url, headers={"Authorization": "Bearer " + gateway.key})

        def talk():
            list(client.generate("demo", "Hello", stream=True, options={"num_predict": 2}))

        def is_seen():
            talk()
            try:
                # A rate takes two samples of each.
                rate = "rate(gateway_tokens_total{type='output'}[1m]) > 0"
                first = "rate(gateway_gen_ai_server_time_to_first_token_seconds_count[1m]) > 0"
                return bool(ask(port, rate)) and bool(ask(port, first))
            except OSError:
                return False

        await_that(is_seen)
        empty = []
        for panel in panels():
            for query in queries(panel):
                for variable, value in [
                    ("$__rate_interval", "1m"),
                    ("$model", ".*"),
                    ("$job", ".*"),
                ]:
                    query = query.replace(variable, value)
                assert "$" not in query, query
                if not ask(port, query) and not NOTHING_TO_SHOW.search(query):
                    empty.append(query)
        assert empty == []
    finally:
        prometheus.terminate()
        prometheus.wait(timeout=SECONDS_MAX)
        gateway.stop()
