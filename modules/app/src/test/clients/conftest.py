import pytest
from gateway import Gateway
from slow_server import SlowServer


@pytest.fixture(scope="session")
def gateway():
    gateway = Gateway(security={"keyInPath": True})
    yield gateway
    status = gateway.stop()
    assert status == 0, gateway.log.read_text()
    assert gateway.key not in gateway.log.read_text()


@pytest.fixture
def slow_gateway():
    """One that sends signs of life, before a server that is silent for longer than that."""
    server = SlowServer()
    gateway = Gateway(
        "--demo-if-alone", ollamaAddresses=[server.url], heartbeat={"afterSeconds": 1}
    )
    yield gateway
    assert gateway.stop() == 0, gateway.log.read_text()
    server.stop()
