"""The `openai` client from PyPI through the linked image."""

import openai
import pytest

MESSAGES = [{"role": "user", "content": "Hello"}]


def test_lists_models(openai_client):
    assert "demo:latest" in [model.id for model in openai_client.models.list()]


def test_chats(openai_client):
    answer = openai_client.chat.completions.create(model="demo", messages=MESSAGES, max_tokens=5)
    assert answer.choices[0].message.content


def test_chats_streamed_with_usage(openai_client):
    stream = openai_client.chat.completions.create(
        model="demo",
        messages=MESSAGES,
        max_tokens=5,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    assert len([chunk for chunk in chunks if chunk.choices]) > 3
    assert chunks[-1].usage.total_tokens > 0


def test_embeds(openai_client):
    answer = openai_client.embeddings.create(model="demo-embed", input=["hello", "world"])
    assert len(answer.data) == 2


def test_unknown_model_is_not_found(openai_client):
    with pytest.raises(openai.NotFoundError) as caught:
        openai_client.chat.completions.create(model="nosuch", messages=MESSAGES)
    assert "not found" in caught.value.message


def test_wrong_key_is_an_authentication_error(gateway):
    client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as caught:
        client.models.list()
    assert "Unauthorized API Key" in caught.value.message
