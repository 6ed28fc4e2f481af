package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the access log tells of requests. */
@Timeout(120)
class AccessLogTest {

  private static final String END =
      "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
          + "\"done_reason\":\"stop\",\"total_duration\":5000,\"prompt_eval_count\":13,"
          + "\"prompt_eval_duration\":1000,\"eval_count\":4,\"eval_duration\":2000}\n";

  @TempDir private Path folder;

  private List<String> await(int count) throws IOException {
    Path file = folder.resolve("access.log");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
      if (lines.size() >= count) {
        return lines;
      }
      assertTrue(System.nanoTime() - deadline < 0, lines.toString());
    }
  }

  private TestGateway start(String format, FakeUpstream... servers) throws Exception {
    String file = folder.resolve("access.log").toString();
    return TestGateway.before(servers)
        .set("accessLog", "{\"format\": \"" + format + "\", \"file\": \"" + file + "\"}")
        .start();
  }

  private static FakeUpstream answering() throws IOException {
    return FakeUpstream.start(
        call -> {
          String _ = call.readBody();
          call.send(
              """
              HTTP/1.1 200 OK\r
              Content-Type: application/x-ndjson\r
              Transfer-Encoding: chunked\r
              \r
              """);
          call.send(Integer.toHexString(END.length()) + "\r\n" + END + "\r\n0\r\n\r\n");
        });
  }

  private static void assertHas(String line, String... parts) {
    for (String part : parts) {
      assertTrue(line.contains(part), part + " isn't in " + line);
    }
  }

  @Test
  void aRequestIsALineWithItsModelAndTokens() throws Exception {
    try (FakeUpstream server = answering();
        TestGateway gateway = start("json", server)) {
      String body = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
      assertEquals(200, gateway.post("/api/chat", body).status());

      assertHas(
          await(1).getFirst(),
          "\"key\":\"admin\"",
          "\"route\":\"/api/chat\"",
          "\"model\":\"tiny:latest\"",
          "\"modelServed\":\"tiny:latest\"",
          "\"server\":\"" + server.url() + "\"",
          "\"status\":200",
          "\"bytes\":" + END.length(),
          "\"inputTokens\":13",
          "\"outputTokens\":4",
          "\"estimated\":false",
          "\"outcome\":\"answered\"");
      assertTrue(await(1).getFirst().matches(".*\"firstTokenMillis\":[0-9.]+,.*"));
    }
  }

  @Test
  void anAnswerThatComesWholeIsBegunWhenItsServerHasIt() throws Exception {
    long millis = 300;
    try (FakeUpstream server =
            FakeUpstream.start(
                call -> {
                  long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
                  while (System.nanoTime() - due < 0) {
                    LockSupport.parkNanos(due - System.nanoTime());
                  }
                  call.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                });
        TestGateway gateway = start("json", server)) {
      assertEquals(200, gateway.get("/api/version").status());

      Matcher told =
          Pattern.compile("\"firstByteMillis\":([0-9.]+),\"durationMillis\":([0-9.]+),")
              .matcher(await(1).getFirst());
      assertTrue(told.find());
      double begun = Double.parseDouble(told.group(1));
      assertTrue(begun >= millis - 1 && begun <= Double.parseDouble(told.group(2)), told.group());
    }
  }

  @Test
  void whatIsRefusedHasEachALine() throws Exception {
    try (FakeUpstream server = answering();
        TestGateway gateway = start("combined", server)) {
      int count = 40;
      for (int i = 0; i < count; i++) {
        assertEquals(404, gateway.get("/gateway/nothing-there").status());
      }
      List<String> lines = await(count);
      assertEquals(count, lines.size());
      lines.forEach(line -> assertHas(line, " - admin [", "\"GET /gateway/", " HTTP/1.1\" 404 "));
    }
  }

  @Test
  void ofSeveralServersEachThatWasAskedIsCountedOnce() throws Exception {
    try (FakeUpstream one = answering();
        FakeUpstream two =
            FakeUpstream.start(
                call -> {
                  String _ = call.readBody();
                  call.reset();
                });
        TestGateway gateway = start("json", one, two)) {
      assertEquals(200, gateway.post("/api/pull?servers=all", "{\"model\":\"tiny\"}").status());

      // The one that failed is told of, and isn't one more for that.
      assertHas(await(1).getFirst(), "\"server\":\"" + two.url() + "\"", "\"attempts\":2");
    }
  }

  @Test
  void ofARefererTheSiteAloneIsTold() throws Exception {
    try (FakeUpstream server = answering();
        TestGateway gateway = start("combined", server)) {
      String fields =
          "Referer: http://gw.example/k/sekret/chat\r\nUser-Agent: " + "x".repeat(1_000) + "\r\n";
      String request = TestGateway.getOf("/gateway/live").replaceFirst("\r\n", "\r\n" + fields);
      assertEquals(200, gateway.ask(request).status());
      String line = await(1).getFirst();
      assertTrue(line.endsWith(" \"http://gw.example\" \"" + "x".repeat(256) + "\""), line);
    }
  }

  @Test
  void aReloadChangesTheFormat() throws Exception {
    try (FakeUpstream server = answering();
        TestGateway gateway = start("text", server)) {
      assertEquals(200, gateway.get("/gateway/live").status());
      assertHas(await(1).getFirst(), " outcome=answered");
      String file = folder.resolve("access.log").toString();
      gateway.set("accessLog", "{\"format\": \"json\", \"file\": \"" + file + "\"}");
      gateway.process().reload();
      assertEquals(200, gateway.get("/gateway/live").status());
      assertHas(await(2).getLast(), "\"outcome\":\"answered\"");
    }
  }
}
