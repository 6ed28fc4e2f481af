"""What Prometheus' own tool says of the metrics."""

import shutil
import subprocess
import urllib.request

import ollama
import pytest
from gateway import Gateway

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
