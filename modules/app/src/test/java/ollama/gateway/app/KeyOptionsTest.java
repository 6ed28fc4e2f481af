package ollama.gateway.app;

import static ollama.gateway.app.LimitedKey.chunked;
import static ollama.gateway.app.LimitedKey.counted;
import static ollama.gateway.app.LimitedKey.quoted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.app.testing.ZstdFrames;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a key's requests may ask of a model, and what of them servers get. */
@Timeout(180)
class KeyOptionsTest {

  private static final String OPTIONS =
      "{`num_ctx`: {`max`: 8192}, `num_predict`: {`default`: 512, `max`: 4096},"
          + " `keep_alive`: `5m`, `think`: false, `reload`: false}";
  private static final String REJECTED = "gateway_http_rejected_total{reason=\"options\"}";

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/chat | {`model`:`m` , `options`:{`num_ctx`:1e5,`seed`:1}, `keep_alive`:-1} |"
            + " {`think`:false,`model`:`m` , `options`:{`num_predict`:512,`num_ctx`:8192,`seed`:1},"
            + " `keep_alive`:`5m`}",
        "/api/generate | {`model`:`m`,`prompt`:`p`} |"
            + " {`keep_alive`:`5m`,`think`:false,`options`:{`num_predict`:512},`model`:`m`,"
            + "`prompt`:`p`}",
        "/api/embed | {`model`:`m`,`options`:{`num_ctx`:9000}} |"
            + " {`keep_alive`:`5m`,`model`:`m`,`options`:{`num_ctx`:8192}}",
        "/api/embeddings | {`model`:`m`} | {`keep_alive`:`5m`,`model`:`m`}",
        "/v1/chat/completions | {`model`:`m`,`max_tokens`:-1} |"
            + " {`reasoning_effort`:`none`,`model`:`m`,`max_tokens`:4096}",
        "/v1/completions | {`model`:`m`} | {`max_tokens`:512,`model`:`m`}",
        "/v1/responses | {`model`:`m`,`reasoning`:{`effort`:`high`}} |"
            + " {`max_output_tokens`:512,`model`:`m`,`reasoning`:{`effort`:`none`}}",
        "/v1/messages | {`model`:`m`,`max_tokens`:9999} |"
            + " {`thinking`:{`type`:`disabled`},`model`:`m`,`max_tokens`:4096}",
        // Nothing of these can say what the options are about.
        "/v1/embeddings | {`model`:`m`,`options`:{`num_ctx`:1}} |"
            + " {`model`:`m`,`options`:{`num_ctx`:1}}",
        "/api/show | {`model`:`m`,`options`:{`num_ctx`:99999}} |"
            + " {`model`:`m`,`options`:{`num_ctx`:99999}}",
        "/api/create | {`model`:`m`,`parameters`:{`num_ctx`:99999}} |"
            + " {`model`:`m`,`parameters`:{`num_ctx`:99999}}",
      })
  void aServerGetsWhatTheKeyHasToSay(String path, String body, String expected) throws Exception {
    try (TestGateway gateway = plan(OPTIONS).start()) {
      for (String framed : List.of(counted(path, quoted(body)), chunked(path, quoted(body)))) {
        Answer answer = gateway.ask(framed);

        assertEquals(200, answer.status(), answer::text);
        assertEquals(quoted(expected), server.next().body());
      }
    }
  }

  @Test
  void aKeyWithoutOptionsSaysWhatItLikes() throws Exception {
    String body = quoted("{`model`:`m`,`options`:{`num_ctx`:1,`num_ctx`:2},`think`:true}");
    try (TestGateway gateway = plan(OPTIONS).start()) {
      assertEquals(200, gateway.post("/api/chat", body).status());
      assertEquals(body, server.next().body());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {60_000, 70_000, 3_000_000})
  void ofALongBodyEveryOtherByteStays(int bytes) throws Exception {
    String prompt =
        Bytes.text("\u00e4\ud83d\ude00\\n".repeat(bytes / 8).getBytes(StandardCharsets.UTF_8));
    String begin =
        quoted("{ `model`:`m`,\t`prompt`:`") + prompt + "\u00ff" + quoted("`, `options`:{");
    String end = quoted(" `x`:[1 ,2] }\n}");
    String missing = quoted("`keep_alive`:`5m`,`think`:false");
    String changed = quoted("`num_predict`:512,`num_ctx`:8192 ,") + end;
    // What is longer than limits.replayBytes is changed while it passes.
    String expected =
        bytes < 1_000_000
            ? begin.replaceFirst("\\{", "{" + missing + ",") + changed
            : begin + changed.replaceFirst("\\}$", "," + missing + "}");
    try (TestGateway gateway = plan(OPTIONS).start()) {
      String body = begin + quoted("`num_ctx`:10000 ,") + end;
      for (String framed :
          List.of(counted("/api/generate", body), chunked("/api/generate", body))) {
        Answer answer = gateway.ask(framed);

        assertEquals(200, answer.status(), answer::text);
        assertEquals(expected, server.next().body());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/chat | {`options`:{`num_gpu`:1}} | 403 | leave \\`num_gpu\\` in \\`options\\` out",
        "/api/chat | {`options`:{},`Options`:{}} | 400 | \\`options\\` twice",
        "/api/chat | {`options`:{`num_ctx`:`1`}} | 400 | a whole number, found a text",
        "/api/chat | {`options`:{} | 400 | isn't a whole JSON object",
        "/v1/messages | {`max_tokens`:`1`} | 400 | `type`:`error`",
      })
  void whatMayNotBeIsRefusedAndCounted(String path, String body, int status, String part)
      throws Exception {
    try (TestGateway gateway = plan(OPTIONS).set("metrics", "{\"enabled\": true}").start()) {
      Answer answer = gateway.ask(counted(path, quoted(body)));

      assertEquals(status, answer.status());
      assertTrue(answer.text().contains(quoted(part)), answer::text);
      assertEquals(List.of(), server.seen());
      gateway.awaitMetric(1, REJECTED);
    }
  }

  @Test
  void aBodyOfWhichTooMuchHadToBeReadIsRefused() throws Exception {
    try (TestGateway gateway =
        plan(OPTIONS).set("limits", "{\"questionBytes\": 2000, \"replayBytes\": 1000}").start()) {
      String body = quoted("{`prompt`:`" + "x".repeat(20_000) + "`,`model`:`m`}");
      for (String framed : List.of(counted("/api/chat", body), chunked("/api/chat", body))) {
        Answer answer = gateway.ask(framed);

        assertEquals(413, answer.status());
        assertTrue(answer.text().contains("limits.questionBytes"), answer::text);
      }
      assertEquals(List.of(), server.seen());
    }
  }

  @Test
  void whatIsCompressedIsDecoded() throws Exception {
    String text = quoted("{`model`:`m`,`max_tokens`:5000,`prompt`:`" + "x".repeat(200_000) + "`}");
    try (TestGateway gateway = plan(OPTIONS).start()) {
      for (String coding : List.of("zstd", "ZSTD")) {
        Answer answer = gateway.ask(encoded("/v1/completions", coding, ZstdFrames.of(text)));

        assertEquals(200, answer.status(), answer::text);
        Call seen = server.next();
        assertEquals(text.replace("5000", "4096"), seen.body());
        assertEquals(List.of(), seen.head().all("Content-Encoding"));
      }
      Answer plain = gateway.ask(encoded("/v1/completions", "identity", text));
      assertEquals(200, plain.status(), plain::text);
      assertEquals(text.replace("5000", "4096"), server.next().body());
    }
  }

  @Test
  void whatCannotBeDecodedIsRefused() throws Exception {
    String frame = ZstdFrames.of("{\"model\":\"m\"}");
    String bomb = ZstdFrames.bomb("{\"model\":\"m\",\"prompt\":\"", 170);
    try (TestGateway gateway = plan(OPTIONS).start()) {
      for (String request :
          List.of(
              encoded("/api/chat", "zstd", frame),
              encoded("/v1/completions", "gzip", frame),
              encoded("/v1/completions", "identity\r\nContent-Encoding: zstd", frame),
              encoded("/v1/completions", "zstd", frame.substring(1)),
              encoded("/v1/completions", "zstd", bomb))) {
        Answer answer = gateway.ask(request);

        assertEquals(415, answer.status(), answer::text);
        assertTrue(answer.text().contains("without Content-Encoding"), answer::text);
      }
      assertEquals(List.of(), server.seen());
    }
  }

  @Test
  void anAliasAStreamsUsageAndOptionsAreChangedTogether() throws Exception {
    String body =
        quoted("{`messages`:[],`stream`:true,`model`:`gpt`,`max_tokens`:5000,`stream_options`:{}}");
    String expected =
        quoted(
            "{`reasoning_effort`:`none`,`messages`:[],`stream`:true,`model`:`m:7b`,"
                + "`max_tokens`:4096,`stream_options`:{`include_usage`:true}}");
    String bare = quoted("{`stream`:true,`model`:`gpt`}");
    String bareExpected =
        quoted(
            "{`stream_options`:{`include_usage`:true},`max_tokens`:512,`reasoning_effort`:`none`,"
                + "`stream`:true,`model`:`m:7b`}");
    try (TestGateway gateway = plan(OPTIONS).set("models", "{\"gpt\": [\"m:7b\"]}").start()) {
      String path = "/v1/chat/completions";
      for (String request :
          List.of(
              counted(path, body),
              chunked(path, body),
              encoded(path, "zstd", ZstdFrames.of(body)))) {
        Answer answer = gateway.ask(request);

        assertEquals(200, answer.status(), answer::text);
        assertEquals("m:7b", answer.field("X-Gateway-Model"));
        assertEquals(expected, server.next().body());
      }
      assertEquals(200, gateway.ask(counted(path, bare)).status());
      assertEquals(bareExpected, server.next().body());
    }
  }

  @Test
  void aRequestThatIsTriedAgainSaysTheSame() throws Exception {
    String expected =
        quoted("{`keep_alive`:`5m`,`think`:false,`options`:{`num_predict`:512}," + "`model`:`m`}");
    try (TestGateway gateway = plan(OPTIONS).start()) {
      assertEquals(200, gateway.ask(counted("/api/chat", quoted("{`model`:`m`}"))).status());
      assertEquals(expected, server.next().body());
      server.script(
          call -> {
            String _ = call.readBody();
            server.script(again -> again.respond(200, "{}"));
            call.close();
          });

      Answer answer = gateway.ask(counted("/api/chat", quoted("{`model`:`m`}")));

      assertEquals(200, answer.status(), answer::text);
      assertEquals(expected, server.next().body());
      assertEquals(expected, server.next().body());
    }
  }

  @Test
  void whatMayNotUnloadAModelIsAQuestionLikeAnyOther() throws Exception {
    String unload = quoted("{`model`:`m`,`keep_alive`:0}");
    try (FakeUpstream second = FakeUpstream.simple();
        TestGateway gateway =
            TestGateway.before(server, second)
                .set("apiKeys", LimitedKey.among("", "{`keep_alive`: {`min`: `1m`}}"))
                .start()) {
      Answer answer = gateway.ask(counted("/api/generate", unload));

      assertEquals(200, answer.status(), answer::text);
      assertEquals(1, server.seen().size() + second.seen().size());
      Call seen = server.seen().isEmpty() ? second.next() : server.next();
      assertEquals(quoted("{`model`:`m`,`keep_alive`:`1m`}"), seen.body());
      assertEquals(200, gateway.post("/api/generate", unload).status());
      assertEquals(3, server.seen().size() + second.seen().size());
    }
  }

  @Test
  void aReloadChangesWhatAKeyMaySay() throws Exception {
    try (TestGateway gateway = plan("{`num_ctx`: 1}").start()) {
      String request = counted("/api/embed", quoted("{`options`:{`num_ctx`:5}}"));
      assertEquals(200, gateway.ask(request).status());
      assertEquals(quoted("{`options`:{`num_ctx`:1}}"), server.next().body());

      gateway.set("apiKeys", LimitedKey.among("", "{`num_ctx`: {`max`: 4}}")).process().reload();
      assertEquals(200, gateway.ask(request).status());
      assertEquals(quoted("{`options`:{`num_ctx`:4}}"), server.next().body());

      gateway.set("apiKeys", LimitedKey.among("", "null")).process().reload();
      assertEquals(200, gateway.ask(request).status());
      assertEquals(quoted("{`options`:{`num_ctx`:5}}"), server.next().body());
    }
  }

  @Test
  void aTranscriptionStaysAsItIs() throws Exception {
    String part = "--b\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n";
    String form = part.formatted("model", "m") + part.formatted("temperature", "1") + "--b--\r\n";
    String fields =
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: " + form.length();
    try (TestGateway gateway = plan("{`temperature`: 0, `reload`: false}").start()) {
      String head = LimitedKey.with(TestGateway.postHeadOf("/v1/audio/transcriptions", fields));
      assertEquals(200, gateway.ask(head + form).status());
      assertEquals(form, server.next().body());
    }
  }

  @Test
  void anEmptyBodyIsTheServersToRefuse() throws Exception {
    try (TestGateway gateway = plan(OPTIONS).start()) {
      assertEquals(200, gateway.ask(counted("/api/chat", "")).status());
      assertEquals("", server.next().body());
    }
  }

  private TestGateway.Plan plan(String options) {
    return TestGateway.before(server).set("apiKeys", LimitedKey.among("", options));
  }

  private static String encoded(String path, String coding, String body) {
    String fields = "Content-Encoding: " + coding + "\r\nContent-Length: " + body.length();
    return LimitedKey.with(TestGateway.postHeadOf(path, fields)) + body;
  }
}
