import pytest
from gateway import Gateway


@pytest.fixture(scope="session")
def gateway():
    gateway = Gateway(security={"keyInPath": True})
    yield gateway
    status = gateway.stop()
    assert status == 0, gateway.log.read_text()
    assert gateway.key not in gateway.log.read_text()
