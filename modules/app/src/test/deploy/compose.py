"""What holds for each of Compose's files, and for those that its containers are given."""

import os
import shutil
import subprocess

import pytest
import yaml
from conftest import TOP


class ComposeFile:
    """One of them, by its name: `services` and `volumes` as it has them."""

    def __init__(self, name):
        self.name = name
        content = yaml.safe_load((TOP / name).read_text())
        self.services = content["services"]
        self.volumes = content["volumes"]
        self.networks = content.get("networks", {})

    def mounts(self, service):
        """What a service has mounted: its source, by where it is there."""
        volumes = self.services[service].get("volumes", [])
        return dict(reversed(volume.split(":")[:2]) for volume in volumes)

    def assert_sources_are_there(self):
        for service in self.services:
            for source in self.mounts(service).values():
                self.assert_source_is_there(source)

    def assert_source_is_there(self, source):
        if source.startswith("./"):
            assert (TOP / source).exists(), source
        else:
            assert source in self.volumes, source

    def assert_compose_takes_it(self, **environment):
        command = ["docker", "compose"]
        if shutil.which("docker") is None or run([*command, "version"]).returncode != 0:
            pytest.skip(f"docker compose isn't installed: {self.name} wasn't read by it")
        command += ["--file", str(TOP / self.name), "config", "--quiet"]
        assert_takes(command, **environment)


def assert_prometheus_takes(file):
    if shutil.which("promtool") is None:
        pytest.skip(
            f"promtool isn't installed (apt-get install prometheus): {file} wasn't checked"
        )
    assert_takes(["promtool", "check", "config", str(TOP / file)])


def assert_haproxy_takes(file):
    if shutil.which("haproxy") is None:
        pytest.skip(f"haproxy isn't installed (apt-get install haproxy): {file} wasn't checked")
    assert_takes(["haproxy", "-c", "-f", str(TOP / file)])


def assert_takes(command, **environment):
    done = run(command, **environment)
    assert done.returncode == 0, done.stderr


def run(command, **environment):
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
