"""The `ollama` client from PyPI through the linked image."""

import asyncio
import hashlib
import os
import time

import ollama
import pytest

MEBIBYTE = 1024 * 1024


def test_lists_models(client):
    names = [model.model for model in client.list().models]
    assert "demo:latest" in names


def test_shows_a_model(client):
    assert client.show("demo").details is not None


def test_lists_running_models(client):
    assert client.ps().models is not None


def test_generates(client):
    answer = client.generate("demo", "Hello", options={"num_predict": 5})
    assert answer.done
    assert answer.response


def test_generates_streamed(client):
    parts = list(client.generate("demo", "Hello", stream=True, options={"num_predict": 5}))
    assert len(parts) > 3
    assert parts[-1].done


def test_chats(client):
    messages = [{"role": "user", "content": "Hello"}]
    answer = client.chat("demo", messages, options={"num_predict": 5})
    assert answer.message.content


def test_chats_streamed_word_by_word(client):
    messages = [{"role": "user", "content": "Hello"}]
    times = []
    for part in client.chat("demo", messages, stream=True, options={"num_predict": 40}):
        times.append(time.monotonic())
    # The demo speaks about 20 words a second: in one piece they would be together. A busy machine
    # may show the first ones late.
    assert len(times) >= 10
    assert times[-1] - times[0] > 0.2


def test_embeds(client):
    answer = client.embed("demo-embed", ["hello", "world"])
    assert len(answer.embeddings) == 2


def test_unknown_model_is_a_response_error(client):
    with pytest.raises(ollama.ResponseError) as caught:
        client.generate("nosuch", "Hello")
    assert caught.value.status_code == 404
    assert "not found" in caught.value.error


def test_wrong_key_is_a_response_error(gateway):
    client = ollama.Client(host=gateway.url, headers={"Authorization": "Bearer wrong"})
    with pytest.raises(ollama.ResponseError) as caught:
        client.list()
    assert caught.value.status_code == 401
    assert caught.value.error == "Unauthorized API Key"


def test_key_from_the_environment(gateway, monkeypatch):
    monkeypatch.setenv("OLLAMA_API_KEY", gateway.key)
    assert ollama.Client(host=gateway.url).list().models


def test_uploads_a_large_blob_and_creates_copies_and_deletes(client, tmp_path):
    path = tmp_path / "weights.bin"
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(200):
            piece = os.urandom(MEBIBYTE)
            digest.update(piece)
            file.write(piece)
    assert client.create_blob(path) == "sha256:" + digest.hexdigest()
    created = client.create("made", files={"weights.bin": "sha256:" + digest.hexdigest()})
    assert created.status == "success"
    assert client.copy("made", "copied").status == "success"
    assert client.delete("made").status == "success"
    names = [model.model for model in client.list().models]
    assert "copied:latest" in names
    assert "made:latest" not in names
    client.delete("copied")
    with pytest.raises(ollama.ResponseError) as caught:
        client.delete("copied")
    assert caught.value.status_code == 404


def test_pulls_streamed(client):
    statuses = [part.status for part in client.pull("demo", stream=True)]
    assert statuses


def test_leaving_early_cancels(gateway, client):
    before = gateway.metric("gateway_requests_total", endpoint="/api/generate", status="499")
    stream = client.generate("demo", "Hello", stream=True, options={"num_predict": 1000})
    next(stream)
    stream.close()
    client._client.close()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        after = gateway.metric("gateway_requests_total", endpoint="/api/generate", status="499")
        if after == before + 1:
            return
    raise AssertionError("the request wasn't cancelled")


def test_fifty_streams_at_once(gateway):
    async def one(client, number):
        messages = [{"role": "user", "content": f"number {number}"}]
        stream = await client.chat("demo", messages, stream=True, options={"num_predict": 20})
        return [part.message.content async for part in stream]

    async def all_of_them():
        headers = {"Authorization": "Bearer " + gateway.key}
        client = ollama.AsyncClient(host=gateway.url, headers=headers)
        return await asyncio.gather(*(one(client, number) for number in range(50)))

    answers = asyncio.run(all_of_them())
    assert len(answers) == 50
    assert all(len(answer) >= 20 for answer in answers)
