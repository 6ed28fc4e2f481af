import ollama
import openai
import pytest
from gateway import Gateway


@pytest.fixture(scope="session")
def gateway():
    gateway = Gateway()
    yield gateway
    status = gateway.stop()
    assert status == 0, gateway.log.read_text()
    assert gateway.key not in gateway.log.read_text()


@pytest.fixture
def client(gateway):
    return ollama.Client(host=gateway.url, headers={"Authorization": "Bearer " + gateway.key})


@pytest.fixture
def openai_client(gateway):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=gateway.key, max_retries=0)
