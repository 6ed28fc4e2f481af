"""The `ollama` client from PyPI through a gateway with two servers, each with its own models."""

import hashlib

import ollama
import pytest
from gateway import Gateway

TIMES = 30


@pytest.fixture(scope="module")
def servers():
    """Two more gateways, each with a demo server: with the key in the path they are servers."""
    servers = [Gateway(security={"keyInPath": True}) for _ in range(2)]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def several(servers):
    addresses = [f"{server.url}/k/{server.key}" for server in servers]
    gateway = Gateway(
        "--demo-if-alone", ollamaAddresses=addresses, loadBalancer={"policy": "least-requests"}
    )
    yield gateway
    assert gateway.stop() == 0, gateway.log.read_text()


@pytest.fixture
def client(several):
    return client_of(several)


def client_of(gateway, **headers):
    return ollama.Client(
        host=gateway.url, headers={"Authorization": "Bearer " + gateway.key, **headers}
    )


def name(server):
    return server.url.removeprefix("http://")


def names(client):
    return {model.model for model in client.list().models}


def test_each_step_finds_what_the_one_before_did(client, servers, tmp_path):
    for i in range(TIMES):
        content = f"content {i}".encode()
        file = tmp_path / f"{i}.gguf"
        file.write_bytes(content)
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        model, copy = f"made-{i}:latest", f"copied-{i}:latest"

        assert client.create_blob(file) == digest
        assert client.create(model, files={"m.gguf": digest}).status == "success"
        assert client.show(model).details is not None
        assert client.chat(model, [{"role": "user", "content": "hi"}], options={"num_predict": 1})
        assert client.copy(model, copy).status == "success"
        assert {model, copy} <= names(client)
        assert client.generate(copy, "hi", options={"num_predict": 1}).done
        assert copy in {loaded.model for loaded in client.ps().models}
        assert client.generate(copy, keep_alive=0).done_reason == "unload"
        assert copy not in {loaded.model for loaded in client.ps().models}
        for gone in (model, copy):
            assert client.delete(gone).status == "success"
            with pytest.raises(ollama.ResponseError) as failure:
                client.show(gone)
            assert failure.value.status_code == 404
        assert not {model, copy} & names(client)


def test_progress_of_all_servers_ends_once(several, servers):
    everywhere = client_of(several, **{"X-Gateway-Servers": "all"})
    steps = [part.status for part in everywhere.create("all-over", from_="demo", stream=True)]
    assert steps[-1] == "success"
    assert steps.count("success") == 1
    for server in servers:
        assert f"{name(server)}: success" in steps
        assert "all-over:latest" in names(client_of(server))
    assert everywhere.delete("all-over").status == "success"
    for server in servers:
        assert "all-over:latest" not in names(client_of(server))


def test_what_is_left_to_do_is_said(several, servers):
    here, there = servers
    client_of(here).create("only-here", from_="demo")
    everywhere = client_of(several, **{"X-Gateway-Servers": "all"})
    with pytest.raises(ollama.ResponseError, match="servers=" + name(there)):
        for _ in everywhere.pull("only-here", stream=True):
            pass
    with pytest.raises(ollama.ResponseError, match="No server is called nowhere"):
        client_of(several, **{"X-Gateway-Servers": "nowhere"}).pull("only-here")
