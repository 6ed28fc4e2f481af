package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.metrics.ScrapeFormat;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In which format the metrics are told over HTTP. */
@Timeout(120)
class ScrapeFormatsTest {

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();
  @AutoClose private final TestGateway gateway;

  ScrapeFormatsTest() throws Exception {
    gateway = TestGateway.before(server).set("metrics", "{\"enabled\": true}").start();
  }

  private Answer scrape(String method, String... accept) throws Exception {
    StringBuilder request = new StringBuilder(method + " /metrics HTTP/1.1\r\nHost: gateway\r\n");
    for (String each : accept) {
      request.append("Accept: ").append(each).append("\r\n");
    }
    return gateway.ask(request + "\r\n");
  }

  private void assertAnswers(ScrapeFormat format, String begin, String... accept) throws Exception {
    Answer page = scrape("GET", accept);
    assertEquals(200, page.status());
    assertEquals(format.contentType(), page.field("Content-Type"));
    assertEquals("Accept", page.field("Vary"));
    assertTrue(page.text().startsWith(begin), page.text());

    Answer head = scrape("HEAD", accept);
    assertEquals(200, head.status());
    assertEquals(format.contentType(), head.field("Content-Type"));
    assertTrue(Integer.parseInt(head.field("Content-Length")) > 1_000, head.toString());
    assertEquals("", head.text());
  }

  @Test
  void whoAsksForNothingElseGetsText() throws Exception {
    assertAnswers(ScrapeFormat.TEXT, "# HELP ");
    assertAnswers(ScrapeFormat.TEXT, "# HELP ", "*/*");
    assertAnswers(ScrapeFormat.TEXT, "# HELP ", "");
    assertAnswers(ScrapeFormat.TEXT, "# HELP ", ";;q=,,\"", "x/y");
  }

  @Test
  void whoAsksForOpenMetricsGetsIt() throws Exception {
    String accept = "application/openmetrics-text;version=1.0.0;q=0.5";
    assertAnswers(ScrapeFormat.OPEN_METRICS, "# TYPE ", accept, "text/plain;q=0.4");
    assertTrue(scrape("GET", accept).text().endsWith("# EOF\n"));
  }

  @Test
  void whoAsksForProtobufGetsIt() throws Exception {
    String accept = ScrapeFormat.PROTOBUF.contentType();
    Answer page = scrape("GET", accept + ", text/plain;q=0.9");
    assertEquals(accept, page.field("Content-Type"));
    assertTrue(page.text().contains("gateway_upstream_up"), page.text());
  }

  @Test
  void theIdOfARequestIsThatOfItsAnswer() throws Exception {
    Answer answer = gateway.post("/api/chat", "{\"model\":\"m\",\"messages\":[]}");
    String exemplar = "# {request_id=\"" + answer.field("X-Request-Id") + "\"} ";
    long deadline = System.nanoTime() + 60_000_000_000L;
    while (!scrape("GET", "application/openmetrics-text").text().contains(exemplar)) {
      assertTrue(System.nanoTime() - deadline < 0, exemplar);
    }
  }
}
