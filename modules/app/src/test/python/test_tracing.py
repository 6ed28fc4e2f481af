"""Traces, read by the official schema of OTLP, by the OpenTelemetry Collector's decoder, and by a Collector."""

import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import time
import urllib.request

import pytest
from gateway import Gateway
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.trace.v1 import trace_pb2
from ports import free_port
from quiet_server import Collector
from test_acme import is_open

TOP = pathlib.Path(__file__).parents[5]
SECONDS_MAX = 60
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


@contextlib.contextmanager
def traced(port, **tracing):
    """A gateway that has answered a streamed chat within a trace."""
    gateway = Gateway(tracing={"endpoint": f"http://127.0.0.1:{port}", **tracing})
    try:
        request = urllib.request.Request(
            gateway.url + "/api/chat",
            json.dumps({"model": "demo", "messages": [{"role": "user", "content": "Hi"}]}).encode(),
            {
                "Authorization": "Bearer " + gateway.key,
                "traceparent": f"00-{TRACE}-{PARENT}-01",
                "X-Request-Id": "from-the-test",
            },
        )
        lines = urllib.request.urlopen(request, timeout=SECONDS_MAX).read().splitlines()
        assert json.loads(lines[-1])["done"]
        yield gateway
    finally:
        assert gateway.stop() == 0, gateway.log.read_text()


def test_spans_are_what_the_official_schema_says():
    with Collector() as collector, traced(collector.port, headers={"X-Token": "t"}):
        path, headers, body = collector.heard.get(timeout=SECONDS_MAX)
    assert path == "/v1/traces"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Token"] == "t"
    # Refuses names that it doesn't know, and what isn't of its type.
    request = json_format.Parse(body, trace_service_pb2.ExportTraceServiceRequest())
    (resource,) = request.resource_spans
    assert {a.key for a in resource.resource.attributes} == {
        "service.name",
        "service.version",
        "service.instance.id",
    }
    (scope,) = resource.scope_spans
    chat, server, *phases = scope.spans
    assert [span.name for span in phases] == ["load", "prefill", "generation"]
    assert chat.name == "chat demo:latest"
    assert chat.kind == trace_pb2.Span.SPAN_KIND_SERVER
    assert server.kind == trace_pb2.Span.SPAN_KIND_CLIENT
    # OTLP has ids in hexadecimal digits, which that takes for base64, as JSON of others has bytes.
    hexadecimal = lambda taken: base64.b64encode(taken).decode()
    assert {hexadecimal(span.trace_id) for span in scope.spans} == {TRACE}
    assert hexadecimal(chat.parent_span_id) == PARENT
    assert server.parent_span_id == chat.span_id
    assert {span.parent_span_id for span in phases} == {server.span_id}
    for span in scope.spans:
        assert chat.start_time_unix_nano <= span.start_time_unix_nano
        assert span.start_time_unix_nano <= span.end_time_unix_nano <= chat.end_time_unix_nano
    assert abs(chat.end_time_unix_nano / 1e9 - time.time()) < SECONDS_MAX
    said = {a.key: a.value for a in chat.attributes}
    assert said["gateway.request.id"].string_value == "from-the-test"
    assert said["gen_ai.request.model"].string_value == "demo:latest"
    assert said["gen_ai.usage.output_tokens"].int_value > 0
    assert 0 < said["gen_ai.response.time_to_first_chunk"].double_value < SECONDS_MAX


@pytest.fixture(scope="module")
def decoder():
    """Only as much of the Collector as reads: all of it would take minutes to build."""
    if shutil.which("go") is None:
        pytest.skip("not checked: spans by the OpenTelemetry Collector's decoder: go isn't installed")
    program = TOP / "build" / "go" / "decoder"
    sources = TOP / "modules" / "app" / "src" / "test" / "go" / "decoder"
    newest = max(file.stat().st_mtime for file in sources.iterdir())
    program.parent.mkdir(parents=True, exist_ok=True)
    if not program.exists() or program.stat().st_mtime < newest:
        built = subprocess.run(
            ["go", "build", "-o", str(program)],
            cwd=sources,
            capture_output=True,
            text=True,
            timeout=600,
        )
        if built.returncode != 0:
            last = built.stderr.strip().splitlines()[-1]
            pytest.skip(
                "not checked: spans by the OpenTelemetry Collector's decoder, which go can't build: "
                + last
            )
    return program


@contextlib.contextmanager
def running(command, port, log):
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + SECONDS_MAX
        while not is_open(port):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def await_in(log, wanted):
    deadline = time.monotonic() + SECONDS_MAX
    while wanted not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def test_the_collectors_decoder_understands_spans(decoder, tmp_path):
    port, log = free_port(), tmp_path / "log"
    with running([str(decoder), f"127.0.0.1:{port}"], port, log):
        with traced(port) as gateway:
            await_in(log, '"generation"')
            deadline = time.monotonic() + SECONDS_MAX
            while gateway.metric("gateway_traces_exported_total") != 1:
                assert time.monotonic() < deadline
            assert gateway.metric("gateway_traces_dropped_total") == 0
    (line,) = log.read_text().splitlines()
    (scope,) = json.loads(line)["resourceSpans"][0]["scopeSpans"]
    chat, server, *phases = scope["spans"]
    assert [span["name"] for span in phases] == ["load", "prefill", "generation"]
    assert (chat["traceId"], chat["parentSpanId"]) == (TRACE, PARENT)
    assert server["parentSpanId"] == chat["spanId"]
    assert {span["parentSpanId"] for span in phases} == {server["spanId"]}
    said = {a["key"]: a["value"] for a in chat["attributes"]}
    assert said["gen_ai.operation.name"] == {"stringValue": "chat"}
    assert int(said["gen_ai.usage.output_tokens"]["intValue"]) > 0


def test_a_collector_takes_spans(tmp_path):
    collector = os.environ.get("OTEL_COLLECTOR", "")
    if not collector:
        pytest.skip(
            "not checked: a whole OpenTelemetry Collector, which OTEL_COLLECTOR is to name"
            " (make check-tracing builds one)"
        )
    port, log, settings = free_port(), tmp_path / "log", tmp_path / "collector.yaml"
    settings.write_text(
        f"""
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{port}"}}}}}}}}
exporters: {{debug: {{verbosity: detailed}}}}
service:
  pipelines: {{traces: {{receivers: [otlp], exporters: [debug]}}}}
  telemetry: {{metrics: {{level: none}}}}
"""
    )
    with running([collector, "--config", f"file:{settings}"], port, log):
        with traced(port):
            await_in(log, "generation")
    text = log.read_text()
    names = re.findall(r"^ +Name +: (.*)$", text, re.MULTILINE)
    assert names == ["chat demo:latest", "server", "load", "prefill", "generation"], text
    assert set(re.findall(r"^ +Trace ID +: (.*)$", text, re.MULTILINE)) == {TRACE}
    assert f"Parent ID      : {PARENT}" in text
    assert "gen_ai.provider.name: Str(ollama)" in text
