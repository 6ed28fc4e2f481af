package ollama.gateway.app;

import static ollama.gateway.app.LimitedKey.chunked;
import static ollama.gateway.app.LimitedKey.counted;
import static ollama.gateway.app.LimitedKey.quoted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Bytes;
import ollama.gateway.app.testing.Call;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What servers get of a body that is too long to be kept, where the key has a say in what it asks
 * of a model. A backtick stands for a quote.
 */
@Timeout(180)
class OptionsInPassingTest {

  private static final String OPTIONS =
      "{`num_ctx`: {`max`: 8192}, `num_predict`: {`max`: 4096}, `keep_alive`: `5m`,"
          + " `reload`: false}";
  private static final String REJECTED = "gateway_http_rejected_total{reason=\"options\"}";
  private static final int PIECE_BYTES = 1_000_000;
  private static final int PIECES = 40;
  private static final String PIECE = "aGk+/y9\u00ff\\n".repeat(PIECE_BYTES / 10);

  @AutoClose private final FakeUpstream server = FakeUpstream.simple();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{`model`:`m`, `options`:{`num_ctx`:9000 }, `keep_alive`:-1, `images`:[` | `]} |"
            + " {`model`:`m`, `options`:{`num_predict`:4096,`num_ctx`:8192 }, `keep_alive`:`5m`,"
            + " `images`:[` | `]}",
        "{`model`:`m`,`images`:[` | `],`keep_alive`:1 , `option\u017f`:{`seed`:1}} |"
            + " {`model`:`m`,`images`:[` | `],`keep_alive`:`5m` , `option\u017f`:"
            + "{`num_predict`:4096,`seed`:1}}",
        "{ `model`:`m`,`images`:[` | `] } | { `model`:`m`,`images`:[` | `] ,`keep_alive`:`5m`,"
            + "`options`:{`num_predict`:4096}}",
      })
  void whatIsLongReachesItsServerWhileItComes(
      String begin, String end, String expectedBegin, String expectedEnd) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<String> body = new CompletableFuture<>();
    server.script(
        call -> {
          String first = call.readChunk();
          begun.countDown();
          body.complete(first + call.readBody());
          call.respond(200, "{}");
        });
    byte[] piece = Bytes.of(PIECE);
    byte[] rest = utf8(end);
    int length = utf8(begin).length + PIECES * piece.length + rest.length;
    try (TestGateway gateway = keeping(50_000);
        RawClient client = gateway.connect()) {
      String head = TestGateway.postHeadOf("/api/generate", "Content-Length: " + length);
      client.send(LimitedKey.with(head)).send(utf8(begin)).send(piece);

      assertTrue(begun.await(60, TimeUnit.SECONDS), "no server has anything of it");
      for (int i = 1; i < PIECES; i++) {
        client.send(piece);
      }
      Answer answer = client.send(rest).answer();

      assertEquals(200, answer.status(), answer::text);
      String expected =
          Bytes.text(utf8(expectedBegin)) + PIECE.repeat(PIECES) + Bytes.text(utf8(expectedEnd));
      assertTrue(expected.equals(body.get(60, TimeUnit.SECONDS)), "something else of it changed");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v1/chat/completions | ,`max_tokens`:9999,`stream`:true} | ,`max_tokens`:4096,"
            + "`stream`:true}",
        "/v1/completions | } | ,`max_tokens`:4096}",
        "/v1/messages | ,`max_tokens`:1} | ,`max_tokens`:1}",
        "/api/embed | ,`options`:{`num_ctx`:9000}} | ,`options`:{`num_ctx`:8192},"
            + "`keep_alive`:`5m`}",
        "/api/chat | ,`y`:{`options`:{`num_gpu`:1}}} | ,`y`:{`options`:{`num_gpu`:1}},"
            + "`keep_alive`:`5m`,`options`:{`num_predict`:4096}}",
        "/api/chat | } {`options`:{`num_gpu`:1}} | ,`keep_alive`:`5m`,`options`:"
            + "{`num_predict`:4096}} {`options`:{`num_gpu`:1}}",
        "/v1/embeddings | ,`options`:{`num_gpu`:1}} | ,`options`:{`num_gpu`:1}}",
      })
  void whateverTheRouteAndTheFramingTheServerGetsWhatTheKeyHasToSay(
      String path, String end, String expected) throws Exception {
    String begin = quoted("{`model`:`m`,`x`:`") + "x".repeat(300_000) + '"';
    try (TestGateway gateway = keeping(1000)) {
      for (String framed :
          List.of(counted(path, begin + quoted(end)), chunked(path, begin + quoted(end)))) {
        Answer answer = gateway.ask(framed);

        assertEquals(200, answer.status(), answer::text);
        assertEquals(begin + quoted(expected), server.next().body());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ",`options`: | {`num_ctx`:9}} | 400 | \\`options\\` twice",
        ",`OPTIONS`: | {}}            | 400 | \\`options\\` twice",
        ",`\\u006fptions`: | null}    | 400 | \\`options\\` twice",
        ",`shift`: | true}            | 403 | leave \\`shift\\` out",
        ",`y`:1 | `z`:2}              | 400 | isn't a whole JSON object",
        ",`y`:[1] | ''                | 400 | isn't a whole JSON object",
        ",`y`:{}, | }                 | 400 | isn't a whole JSON object",
      })
  void whereTheEndMayNotBeAServerIsCutOffBefore(String sent, String unsent, int status, String part)
      throws Exception {
    CompletableFuture<String> received = new CompletableFuture<>();
    server.script(call -> received.complete(untilCut(call)));
    String begin = quoted("{`model`:`m`,`options`:{`num_predict`:1},`x`:`");
    String passed = begin + "x".repeat(300_000) + '"' + quoted(sent);
    try (TestGateway gateway = keeping(1000)) {
      Answer answer = gateway.ask(counted("/api/chat", passed + quoted(unsent)));

      assertEquals(status, answer.status(), answer::text);
      assertTrue(answer.text().contains(quoted(part)), answer::text);
      String got = received.get(60, TimeUnit.SECONDS);
      assertTrue(passed.startsWith(got), () -> "it has more: " + got.length());
      gateway.awaitMetric(1, REJECTED);

      server.script(call -> call.respond(200, "{}"));
      assertEquals(200, gateway.ask(counted("/api/chat", quoted("{`model`:`m`}"))).status());
    }
  }

  @Test
  void whatIsRefusedAtOnceReachesNoServer() throws Exception {
    try (TestGateway gateway = keeping(1000);
        RawClient client = gateway.connect()) {
      String head = TestGateway.postHeadOf("/api/chat", "Content-Length: 1000000");

      client.send(LimitedKey.with(head) + quoted("{`options`:{`num_gpu`:1},`model`:`m`,"));

      assertEquals(403, client.send("x".repeat(100_000)).answer().status());
      assertEquals(0, server.seen().size());
    }
  }

  @Test
  void aKeyMayBeLimitedInModelsToo() throws Exception {
    String x = ",`x`:`" + "x".repeat(300_000) + "`";
    try (TestGateway gateway = plan(1000, "`models`: [`m`], ").start()) {
      Answer fine = gateway.ask(counted("/api/embed", quoted("{`model`:`m`" + x + "}")));
      assertEquals(200, fine.status(), fine::text);
      assertEquals(quoted("{`model`:`m`" + x + ",`keep_alive`:`5m`}"), server.next().body());

      String twice = quoted("{`model`:`m`" + x + ",`mo\\u0064el`:`n`}");
      Answer refused = gateway.ask(counted("/api/embed", twice));
      assertEquals(400, refused.status());
      assertTrue(refused.text().contains("names its model twice"), refused::text);
      assertEquals("", server.next().body());

      String other = quoted("{`model`:`n`" + x + "}");
      assertEquals(403, gateway.ask(counted("/api/embed", other)).status());
      assertEquals(2, server.seen().size());
    }
  }

  @Test
  void anotherModelIsNamedBesides() throws Exception {
    String x = ",`x`:`" + "x".repeat(300_000) + "`";
    try (TestGateway gateway = plan(1000, "").set("models", "{\"gpt\": [\"m:7b\"]}").start()) {
      Answer answer = gateway.ask(counted("/api/embed", quoted("{`model`:`gpt`" + x + "}")));

      assertEquals(200, answer.status(), answer::text);
      assertEquals("m:7b", answer.field("X-Gateway-Model"));
      assertEquals(quoted("{`model`:`m:7b`" + x + ",`keep_alive`:`5m`}"), server.next().body());
    }
  }

  @Test
  void aServerThatCannotBeReachedTakesNothingOfIt() throws Exception {
    String body = quoted("{`keep_alive`:0,`model`:`m`,`x`:`" + "x".repeat(300_000) + "`}");
    try (TestGateway gateway =
        TestGateway.before(FakeUpstream.refusing(), server.url())
            .set("apiKeys", LimitedKey.among("", OPTIONS))
            .set("limits", limits(1000))
            .start()) {
      Answer answer = gateway.ask(counted("/api/embed", body));

      assertEquals(200, answer.status(), answer::text);
      assertEquals(body.replace(":0,", quoted(":`5m`,")), server.next().body());
    }
  }

  /** What a server got before the connection was closed. */
  private static String untilCut(Call call) throws IOException {
    StringBuilder got = new StringBuilder();
    try {
      for (String chunk = call.readChunk(); !chunk.isEmpty(); chunk = call.readChunk()) {
        got.append(chunk);
      }
      return got + " to its end";
    } catch (EOFException | SocketException e) {
      return got.toString();
    }
  }

  private TestGateway keeping(int replayBytes) throws Exception {
    return plan(replayBytes, "").set("metrics", "{\"enabled\": true}").start();
  }

  private TestGateway.Plan plan(int replayBytes, String member) {
    return TestGateway.before(server)
        .set("apiKeys", LimitedKey.among(member, OPTIONS))
        .set("limits", limits(replayBytes));
  }

  private static String limits(int replayBytes) {
    return "{\"questionBytes\": " + 2 * replayBytes + ", \"replayBytes\": " + replayBytes + "}";
  }

  private static byte[] utf8(String text) {
    return quoted(text).getBytes(StandardCharsets.UTF_8);
  }
}
