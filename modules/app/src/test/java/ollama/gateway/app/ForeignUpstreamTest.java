package ollama.gateway.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.ForeignUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of a server of foreign make that is in order, as clients see them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignUpstreamTest {

  private static final String JSON = "{\"text\":\"" + "as it was ".repeat(500) + "\"}";

  @AutoClose private final ForeignUpstream one = ForeignUpstream.named("one");

  @BeforeEach
  void reset() {
    one.reset();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/chat", "/v1/models"})
  void aCompressedAnswerIsPassedOnAsItIsToWhoAsksForIt(String path) throws Exception {
    one.answer(okJson(JSON));
    String plain = path.equals("/api/chat") ? TestGateway.postOf(path, "{}") : getOf(path, "");
    String asking = plain.replaceFirst("\r\n", "\r\nAccept-Encoding: gzip\r\n");
    try (TestGateway gateway = TestGateway.before(one).start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 3; i++) {
        Answer compressed = client.send(asking).answer();
        assertEquals("gzip", compressed.field("Content-Encoding"));
        assertTrue(compressed.body().length() < JSON.length(), compressed::toString);
        assertEquals(JSON, unzipped(compressed));
        Answer answer = client.send(plain).answer();
        assertEquals("", answer.field("Content-Encoding"));
        assertEquals(JSON, answer.text());
      }
    }
  }

  @Test
  void aLargeHeadOfAnAnswerIsPassedOnWhole() throws Exception {
    String large = "v".repeat(20_000);
    ResponseDefinitionBuilder answer = okJson("{}").withHeader("X-Large", large);
    for (int i = 0; i < 50; i++) {
      answer.withHeader("X-Field-" + i, "" + i);
    }
    one.answer(answer);
    try (TestGateway gateway = TestGateway.before(one).start()) {
      Answer passed = gateway.post("/api/chat", "{}");
      assertEquals(200, passed.status());
      assertEquals(large, passed.field("X-Large"));
      for (int i = 0; i < 50; i++) {
        assertEquals("" + i, passed.field("X-Field-" + i));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 40000, head_too_large", "150, 1, too_many_fields"})
  void aHeadOfAnAnswerThatIsTooLargeIsABadGatewayAndNobodyElseIsAsked(
      int fields, int bytes, String rule) throws Exception {
    try (ForeignUpstream large =
            ForeignUpstream.named("large", options -> options.jettyHeaderResponseSize(65_536));
        TestGateway gateway = TestGateway.before(large, one).start()) {
      ResponseDefinitionBuilder answer = okJson("{}");
      for (int i = 0; i < fields; i++) {
        answer.withHeader("X-Field-" + i, "v".repeat(bytes));
      }
      large.answer(answer);
      Answer refused = gateway.post("/api/chat", "{}");
      assertEquals(502, refused.status());
      assertTrue(refused.text().contains("sent a malformed answer (request "), refused.text());
      assertEquals(1, large.seen().size());
      assertEquals(0, one.seen().size());
      assertEquals(1, gateway.metric("gateway_upstream_rejected_total{reason=\"" + rule + "\"}"));
    }
  }

  @Test
  void aLargeHeadOfARequestArrivesWholeAndOneTooLargeForTheServerIsAnsweredByIt() throws Exception {
    String large = "X-Large: " + "v".repeat(20_000) + "\r\n";
    try (ForeignUpstream small =
            ForeignUpstream.named("small", options -> options.jettyHeaderRequestSize(8_192));
        TestGateway gateway = TestGateway.before(one, small).start();
        RawClient client = gateway.connect()) {
      assertEquals("{\"by\":\"one\"}", client.send(getOf("/api/tags", large)).answer().text());
      assertEquals(20_000, one.seen().getFirst().getHeader("X-Large").length());
      Answer refused = client.send(getOf("/api/tags", large)).answer();
      assertEquals(431, refused.status());
      assertEquals(End.COMPLETE, refused.end());
      // The server closes its connection then; that of the client is in order.
      assertEquals(200, client.send(getOf("/api/tags", "")).answer().status());
      assertEquals(200, client.send(getOf("/api/tags", "")).answer().status());
      assertEquals(2, gateway.up(one.url()) + gateway.up(small.url()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 304})
  void anAnswerWithoutABodyEndsWithItsHead(int status) throws Exception {
    one.answer(aResponse().withStatus(status).withHeader("ETag", "\"v1\""));
    try (TestGateway gateway = TestGateway.before(one).start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send(getOf("/api/tags", "If-None-Match: \"v1\"\r\n"));
        Answer answer = client.answer();
        assertEquals(status, answer.status());
        assertEquals("\"v1\"", answer.field("ETag"));
        assertEquals("", answer.field("Transfer-Encoding"));
        assertEquals("", answer.field("Content-Length"));
      }
      assertAnswersOn(client);
    }
  }

  @Test
  void anAnswerToHeadTellsWhatGetWouldGetAndHasNoBody() throws Exception {
    one.answer(okJson(JSON).withHeader("Content-Length", "" + JSON.length()));
    String head = getOf("/api/tags", "").replaceFirst("GET", "HEAD");
    try (TestGateway gateway = TestGateway.before(one).start();
        RawClient client = gateway.connect()) {
      for (int i = 0; i < 3; i++) {
        Answer answer = client.send(head).answer(true);
        assertEquals(200, answer.status());
        assertEquals("application/json", answer.field("Content-Type"));
        assertEquals("" + JSON.length(), answer.field("Content-Length"));
      }
      assertEquals(JSON, client.send(getOf("/api/tags", "")).answer().text());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void aRedirectToTheServersOwnAddressLeadsThroughTheGateway(int status) throws Exception {
    try (TestGateway gateway = TestGateway.before(one).start();
        RawClient client = gateway.connect()) {
      for (String host : new String[] {"127.0.0.1", "localhost"}) {
        String own = "http://" + host + ":" + one.port() + "/api/version?at=1";
        one.answer(aResponse().withStatus(status).withHeader("Location", own));
        Answer answer = client.send(TestGateway.postOf("/api/chat", "{}")).answer();
        assertEquals(status, answer.status());
        assertEquals("/api/version?at=1", answer.field("Location"));
      }
      String outside = "https://ollama.com/download";
      one.answer(aResponse().withStatus(status).withHeader("Location", outside));
      Answer answer = client.send(getOf("/api/tags", "")).answer();
      assertEquals(outside, answer.field("Location"));
      assertAnswersOn(client);
    }
  }

  @Test
  void aServerThatSpeaksHttp2TooIsNotAskedToDoSo() throws Exception {
    String upgrade =
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
    try (TestGateway gateway = TestGateway.before(one).start();
        RawClient client = gateway.connect()) {
      Answer answer = client.send(getOf("/api/tags", upgrade)).answer();
      assertEquals("HTTP/1.1 200 OK", answer.head().startLine());
      assertEquals("{\"by\":\"one\"}", answer.text());
      LoggedRequest seen = one.seen().getFirst();
      assertFalse(seen.containsHeader("Upgrade") || seen.containsHeader("HTTP2-Settings"));
      assertAnswersOn(client);
    }
  }

  private static String getOf(String target, String fields) {
    return TestGateway.getOf(target).replaceFirst("\r\n\r\n$", "\r\n" + fields + "\r\n");
  }

  /** The client's connection is in order. */
  private void assertAnswersOn(RawClient client) throws Exception {
    one.reset();
    Answer answer = client.send(TestGateway.postOf("/api/chat", "{}")).answer();
    assertEquals("{\"by\":\"one\"}", answer.text());
  }

  private static String unzipped(Answer answer) throws Exception {
    try (GZIPInputStream in =
        new GZIPInputStream(new ByteArrayInputStream(Bytes.of(answer.body())))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
