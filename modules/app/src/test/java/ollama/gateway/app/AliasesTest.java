package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.Chat;
import ollama.gateway.app.testing.Chats;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.OllamaLike;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that clients may ask for, and the models behind them. */
@Timeout(180)
class AliasesTest {

  private static final String MODELS = "{\"gpt-4o\": [\"big\", \"small:7b\"]}";
  private static final String PART = "Content-Disposition: form-data; ";
  private static final String SERVED = "X-Gateway-Model";

  @ParameterizedTest
  @ValueSource(strings = {"soonest", "round-robin"})
  void theFirstModelBehindANameIsAsked(String policy) throws Exception {
    try (OllamaLike server = OllamaLike.of("big", "small:7b").loadMillis(1).start();
        TestGateway gateway = gateway(policy, server)) {
      Answer answer = gateway.ask(Chat.of("gpt-4o", 1, "hi").request());

      assertEquals(200, answer.status());
      assertEquals("big", answer.field(SERVED));
      assertEquals(List.of("big:latest"), server.loaded());
      assertEquals("", gateway.ask(Chat.of("big", 1, "hi").request()).field(SERVED));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"soonest", "round-robin"})
  void whereNoServerHasItTheNextOneIsAsked(String policy) throws Exception {
    try (OllamaLike one = OllamaLike.of("small:7b").loadMillis(1).start();
        OllamaLike two = OllamaLike.of("small:7b").loadMillis(1).start();
        TestGateway gateway = gateway(policy, one, two)) {
      for (int i = 0; i < 4; i++) {
        Answer answer = gateway.ask(Chat.of("GPT-4o:latest", 1, "hi").request());
        assertEquals(200, answer.status());
        assertEquals("small:7b", answer.field(SERVED));
      }
    }
  }

  @Test
  void aModelThatNoServerHasIsCountedAsPassedOver() throws Exception {
    try (OllamaLike one = OllamaLike.of("small:7b").loadMillis(1).start();
        OllamaLike two = OllamaLike.of("small:7b").loadMillis(1).start();
        TestGateway gateway =
            TestGateway.before(one, two)
                .set("models", MODELS)
                .set("metrics", "{\"enabled\": true}")
                .start()) {
      String fallbacks = "gateway_model_fallbacks_total{reason=\"no_server\"}";
      assertEquals(200, gateway.ask(Chat.of("small:7b", 1, "hi").request()).status());
      assertEquals(0, gateway.metric(fallbacks));
      Answer answer = gateway.ask(Chat.of("gpt-4o", 1, "hi").request());
      assertEquals("small:7b", answer.field(SERVED));
      assertEquals(1, gateway.metric(fallbacks));
    }
  }

  @Test
  void whereNoServerHasAnyTheAnswerSaysSo() throws Exception {
    try (OllamaLike one = OllamaLike.of("other").start();
        OllamaLike two = OllamaLike.of("other").start();
        TestGateway gateway = gateway("soonest", one, two)) {
      Answer answer = gateway.ask(Chat.of("gpt-4o", 1, "hi").request());

      assertEquals(404, answer.status());
      assertEquals("{\"error\":\"model 'big' not found\"}", answer.text());
    }
  }

  @Test
  void whereTheServerThatHasItIsDownTheNextOneIsAsked() throws Exception {
    try (OllamaLike two = OllamaLike.of("small:7b").loadMillis(1).start()) {
      OllamaLike one = OllamaLike.of("big").loadMillis(1).start();
      try (TestGateway gateway = gateway("soonest", one, two)) {
        assertEquals("big", gateway.ask(Chat.of("gpt-4o", 1, "hi").request()).field(SERVED));
        one.close();

        for (int i = 0; i < 3; i++) {
          Answer answer = gateway.ask(Chat.of("gpt-4o", 1, "hi").request());
          assertEquals(200, answer.status(), answer::text);
          assertEquals("small:7b", answer.field(SERVED));
        }
      }
    }
  }

  @Test
  void whoWaitsLongInTheLineForOneGetsTheNext() throws Exception {
    try (OllamaLike one = OllamaLike.of("big").slots(1).loadMillis(1).start();
        OllamaLike two = OllamaLike.of("small:7b").loadMillis(1).start();
        TestGateway gateway =
            TestGateway.before(one, two)
                .set("models", MODELS)
                .set("fallbackAfterSeconds", "1")
                .set("metrics", "{\"enabled\": true}")
                .set(
                    "ollamaAddresses",
                    "[{\"url\": \"%s\", \"parallel\": 1}, \"%s\"]".formatted(one.url(), two.url()))
                .start();
        Chats chats = new Chats(gateway)) {
      assertEquals(200, gateway.ask(Chat.of("big", 1, "hi").request()).status());
      one.hold();
      chats.send(Chat.of("big", 1, "runs"));
      chats.send(Chat.of("big", 1, "follows"));
      one.awaitHeld(1);
      gateway.awaitMetric(3, "gateway_requests_in_flight");

      Answer answer = gateway.ask(Chat.of("gpt-4o", 1, "hi").request());

      assertEquals("small:7b", answer.field(SERVED));
      gateway.awaitMetric(1, "gateway_model_fallbacks_total{reason=\"waiting\"}");
      one.release();
      assertEquals(List.of(200, 200), chats.statuses());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/chat | {`model`: → ,`messages`:[{`content`:`model: gpt-4o`}]}",
        "/api/generate | {`prompt`:`x`,`MODEL`:→,`options`:{`model`:`gpt-4o`},`model`:→}",
        "/v1/chat/completions | {`messages`:[],`model`:→}",
        "/api/embed | { `model`:→,`input`:[`a`,`b`],`x`:1.50 }",
        "/api/show | {`name`:→,`verbose`:true}",
      })
  void nothingButTheNameIsChanged(String path, String written) throws Exception {
    String json = written.replace('`', '"');
    String body = json.replace("→", "\"\\u0067pt-4o\"");
    String renamed = json.replace("→", "\"big\"");
    try (FakeUpstream server = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(server).set("models", "{\"gpt-4o\": [\"big\"]}").start()) {
      Answer answer = gateway.post(path, body);

      assertEquals(200, answer.status());
      assertEquals("big", answer.field(SERVED));
      assertEquals(renamed, server.next().body());

      String chunked =
          TestGateway.postHeadOf(path, "Transfer-Encoding: chunked")
              + Integer.toHexString(body.length())
              + "\r\n"
              + body
              + "\r\n0\r\n\r\n";
      assertEquals(200, gateway.ask(chunked).status());
      assertEquals(renamed, server.next().body());
    }
  }

  @Test
  void theModelOfATranscriptionIsRenamedInTheFormOrTheQuery() throws Exception {
    try (FakeUpstream server = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(server).set("models", "{\"whisper\": [\"whisper-2:7b\"]}").start()) {
      String form = file() + "--b\r\n" + PART + "name=\"model\"\r\n\r\nwhisper\r\n--b--\r\n";
      String fields =
          "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: " + form.length();
      String path = "/v1/audio/transcriptions";

      Answer _ = gateway.ask(TestGateway.postHeadOf(path, fields) + form);
      Call inForm = server.next();
      Answer _ = gateway.ask(TestGateway.postHeadOf(path + "?x=1&model=whisper", fields) + form);
      Call inQuery = server.next();

      assertEquals(
          form.replace("\r\n\r\nwhisper\r\n--b--", "\r\n\r\nwhisper-2:7b\r\n--b--"), inForm.body());
      assertEquals(path + "?x=1&model=whisper-2:7b", inQuery.target());
      assertEquals(form, inQuery.body());
    }
  }

  @Test
  void aNameIsShownAndListed() throws Exception {
    try (OllamaLike one = OllamaLike.of("small:7b").start();
        OllamaLike two = OllamaLike.of("big").start()) {
      for (OllamaLike[] servers : new OllamaLike[][] {{two}, {one, two}}) {
        try (TestGateway gateway = gateway("soonest", servers)) {
          assertTrue(gateway.get("/api/tags").text().contains("\"name\":\"gpt-4o\""));
          assertEquals(200, gateway.post("/api/show", "{\"model\":\"gpt-4o\"}").status());
        }
      }
    }
    try (FakeUpstream server = FakeUpstream.simple();
        TestGateway gateway = TestGateway.before(server).set("models", MODELS).start()) {
      assertEquals("big", gateway.get("/v1/models/gpt-4o").field(SERVED));
      assertEquals("/v1/models/big", server.next().target());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DELETE | /api/delete | {`model`:`gpt-4o`}",
        "POST | /api/copy | {`source`:`gpt-4o`,`destination`:`x`}",
        "POST | /api/copy | {`source`:`big`,`destination`:`gpt-4o`}",
        "POST | /api/pull | {`name`:`gpt-4o`}",
        "POST | /api/push | {`model`:`GPT-4o`}",
        "POST | /api/create | {`model`:`gpt-4o`,`from`:`big`}",
        "POST | /api/create | {`model`:`x`,`from`:`gpt-4o`}",
      })
  void nothingIsMadeChangedOrDeletedByAName(String method, String path, String body)
      throws Exception {
    try (OllamaLike one = OllamaLike.of("big").start();
        OllamaLike two = OllamaLike.of("big").start()) {
      for (OllamaLike[] servers : new OllamaLike[][] {{one}, {one, two}}) {
        try (TestGateway gateway = gateway("soonest", servers)) {
          String request = TestGateway.postOf(path, body.replace('`', '"'));

          Answer answer = gateway.ask(request.replaceFirst("POST", method));

          assertEquals(400, answer.status(), answer::text);
          assertTrue(answer.text().endsWith("name one of big, small:7b\"}"), answer::text);
        }
      }
    }
  }

  @Test
  void anUnloadUnloadsTheModelBehindAName() throws Exception {
    try (OllamaLike one = OllamaLike.of("big").loadMillis(1).start();
        OllamaLike two = OllamaLike.of("big").loadMillis(1).start();
        TestGateway gateway = gateway("soonest", one, two)) {
      Answer _ = one.post("/api/generate", "{\"model\":\"big\"}");
      Answer _ = two.post("/api/generate", "{\"model\":\"big\"}");

      Answer answer = gateway.post("/api/generate", "{\"keep_alive\":0,\"model\":\"gpt-4o\"}");

      assertEquals(200, answer.status(), answer::text);
      assertEquals("big", answer.field(SERVED));
      assertEquals(List.of(), one.loaded());
      assertEquals(List.of(), two.loaded());
    }
  }

  @Test
  void aModelThatStandsForItselfTooIsAModel() throws Exception {
    try (OllamaLike one = OllamaLike.of("big", "small").loadMillis(1).start();
        TestGateway gateway =
            TestGateway.before(one).set("models", "{\"big\": [\"big\", \"small\"]}").start()) {
      assertEquals("big", gateway.ask(Chat.of("big", 1, "hi").request()).field(SERVED));
      assertFalse(gateway.post("/api/pull", "{\"model\":\"big\"}").text().contains("name one of"));
    }
  }

  private static String file() {
    return "--b\r\n" + PART + "name=\"file\"; filename=\"a\"\r\n\r\nwhisper\r\n";
  }

  private static TestGateway gateway(String policy, OllamaLike... servers) throws Exception {
    return TestGateway.before(servers)
        .set("loadBalancer", "{\"policy\": \"" + policy + "\"}")
        .set("models", MODELS)
        .start();
  }
}
