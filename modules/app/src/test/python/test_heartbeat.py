"""Clients from PyPI that wait long for a stream read over the gateway's signs of life."""

import ollama
import openai
import pytest
from gateway import Gateway
from slow_server import WORDS, SlowServer

MESSAGES = [{"role": "user", "content": "Why is the sky blue?"}]


@pytest.fixture(params=[False, True], ids=["answers", "fails"])
def slow(request):
    server = SlowServer(error=request.param)
    gateway = Gateway(
        "--demo-if-alone", ollamaAddresses=[server.url], heartbeat={"afterSeconds": 1}
    )
    yield gateway, request.param
    assert gateway.stop() == 0, gateway.log.read_text()
    server.stop()


def test_ollama(slow):
    gateway, fails = slow
    client = ollama.Client(host=gateway.url, headers={"Authorization": "Bearer " + gateway.key})
    parts = []
    try:
        for part in client.chat(model="slow", messages=MESSAGES, stream=True):
            parts.append(part)
        assert not fails
        assert [part.message.content for part in parts if part.message.content] == WORDS
        assert parts[-1].done
    except ollama.ResponseError as error:
        assert fails and error.error == "the model broke"
    # Without a sign of life this shows nothing.
    assert parts[0].message.content == "" and not parts[0].done
    assert gateway.metric("gateway_heartbeats_total") >= 1


def test_openai(slow):
    gateway, fails = slow
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key=gateway.key, max_retries=0)
    words = []
    try:
        for part in client.chat.completions.create(model="slow", messages=MESSAGES, stream=True):
            words.append(part.choices[0].delta.content)
        assert not fails and words == WORDS
    except openai.APIError as error:
        assert fails and error.message == "the model broke"
    assert gateway.metric("gateway_heartbeats_total") >= 1
