"""LangChain, by both of its packages."""

from langchain_ollama import ChatOllama, OllamaEmbeddings
from langchain_openai import ChatOpenAI


def test_chat_ollama_answers_and_streams(gateway):
    chat = ChatOllama(
        model="demo",
        base_url=gateway.url,
        client_kwargs={"headers": {"Authorization": "Bearer " + gateway.key}},
    )
    assert chat.invoke("Why is the sky blue?").content
    pieces = [piece.content for piece in chat.stream("Why is the sky blue?")]
    assert len(pieces) > 3


def test_embeddings(gateway):
    embeddings = OllamaEmbeddings(
        model="demo-embed",
        base_url=gateway.url,
        client_kwargs={"headers": {"Authorization": "Bearer " + gateway.key}},
    )
    assert len(embeddings.embed_documents(["one", "two"])) == 2


def test_chat_openai_answers_and_streams(gateway):
    chat = ChatOpenAI(model="demo", base_url=gateway.url + "/v1", api_key=gateway.key)
    assert chat.invoke("Why is the sky blue?").content
    pieces = [piece.content for piece in chat.stream("Why is the sky blue?")]
    assert len(pieces) > 3


def test_signs_of_life_are_read_over(slow_gateway):
    ollama = ChatOllama(
        model="slow",
        base_url=slow_gateway.url,
        client_kwargs={"headers": {"Authorization": "Bearer " + slow_gateway.key}},
    )
    openai = ChatOpenAI(
        model="slow", base_url=slow_gateway.url + "/v1", api_key=slow_gateway.key, streaming=True
    )
    for chat in (ollama, openai):
        assert "".join(piece.content for piece in chat.stream("Why?")) == "It is blue."
    assert slow_gateway.metric("gateway_heartbeats_total") >= 2
