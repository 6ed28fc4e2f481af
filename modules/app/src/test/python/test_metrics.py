"""What Prometheus says of the metrics: its tool, and the server when it reads them."""

import contextlib
import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request

import ollama
import pytest
from gateway import Gateway
from ports import free_port

SECONDS_MAX = 60

# Named so by the gateway that this one replaces.
OLD_NAMES = ["gateway_apikeys_total", "gateway_api_keys_total", "gateway_ollama_servers_total"]


@pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="not checked: the metrics, by promtool, which isn't installed (apt-get install prometheus)",
)
def test_promtool_finds_nothing_but_names_of_old():
    gateway = Gateway()
    try:
        client = ollama.Client(gateway.url, headers={"Authorization": "Bearer " + gateway.key})
        pieces = list(client.generate("demo", "Hello", stream=True, options={"num_predict": 5}))
        assert pieces[-1].done
        assert gateway.metric("gateway_tokens_total", model="demo:latest", type="output") > 0
        page = urllib.request.urlopen(gateway.url + "/metrics").read()
    finally:
        gateway.stop()
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, timeout=60
    )
    found = (done.stdout + done.stderr).decode().strip().splitlines()
    left = [line for line in found if line.split(" ")[0] not in OLD_NAMES]
    assert left == [], left
    assert len(found) >= 3


needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None,
    reason="not checked: the formats of the metrics, by Prometheus, which isn't installed"
    " (apt-get install prometheus)",
)


@contextlib.contextmanager
def prometheus(folder, gateway, *features):
    """One that reads a gateway each second, in the format that the two of them agree upon."""
    port = free_port()
    settings = folder / "prometheus.yaml"
    target = gateway.url.removeprefix("http://")
    job = {"job_name": "gateway", "static_configs": [{"targets": [target]}]}
    settings.write_text(json.dumps({"scrape_configs": [{**job, "scrape_interval": "1s"}]}))
    process = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={settings}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--enable-feature={','.join(features)}",
        ],
        stdout=(folder / "log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        yield f"http://127.0.0.1:{port}/api/v1/"
    finally:
        process.terminate()
        process.wait(timeout=SECONDS_MAX)


def ask(api, path, **parameters):
    """What it answers; nothing while it isn't there yet."""
    url = api + path + "?" + urllib.parse.urlencode(parameters)
    try:
        with urllib.request.urlopen(url, timeout=SECONDS_MAX) as answer:
            return json.load(answer)["data"]
    except OSError:
        return []


def talk(gateway):
    client = ollama.Client(gateway.url, headers={"Authorization": "Bearer " + gateway.key})
    list(client.generate("demo", "Hello", stream=True, options={"num_predict": 2}))


def await_that(found):
    deadline = time.monotonic() + SECONDS_MAX
    while not (what := found()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return what


@needs_prometheus
@pytest.mark.parametrize(
    "features", [["exemplar-storage"], ["exemplar-storage", "native-histograms"]]
)
def test_prometheus_gets_exemplars_and_all_series(tmp_path, features):
    gateway = Gateway()
    try:
        with prometheus(tmp_path, gateway, *features) as api:
            native = "native-histograms" in features
            first = "gateway_gen_ai_server_time_to_first_token_seconds"
            query = f"histogram_quantile(0.5, {first})" if native else f"{first}_bucket"
            await_that(lambda: (talk(gateway), ask(api, "query", query=query))[1])

            for name in [first, "gateway_requests_duration_seconds"]:
                suffix = "" if native else "_bucket"
                found = await_that(
                    lambda name=name + suffix: ask(
                        api, "query_exemplars", query=name, start=time.time() - 600, end=time.time() + 60
                    )
                )
                ids = [exemplar["labels"]["request_id"] for series in found for exemplar in series["exemplars"]]
                assert ids and all(len(one) == 16 for one in ids), found

            # By names that dashboards know, whatever the format.
            for name in [*OLD_NAMES, "gateway_requests_total", "gateway_build_info", "gateway_upstream_up"]:
                await_that(lambda name=name: ask(api, "query", query=name))
            scraped = ask(api, "targets")["activeTargets"][0]
            assert scraped["lastError"] == "", scraped
    finally:
        gateway.stop()
