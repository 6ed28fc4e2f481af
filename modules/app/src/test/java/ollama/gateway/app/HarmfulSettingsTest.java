package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.ChildGateway;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A reload of what no gateway could use: refused at once, and the old settings stay. */
@Timeout(120)
class HarmfulSettingsTest {

  private static final String LONG_VARIABLE = "export A=$(head -c 100000 /dev/zero | tr '\\0' x)";

  @Test
  void aShortTextThatNamesALongVariableOftenDoesNotUseUpTheHeap() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream),
                LONG_VARIABLE,
                "-Xmx64m",
                "-XX:+ExitOnOutOfMemoryError")) {
      Files.writeString(
          gateway.file(),
          "{\"ollamaAddresses\": [\"http://h\"], \"apiKeys\": [\""
              + "${A}".repeat(10_000)
              + "\"]}");
      assertEquals(500, get(gateway, "/config/reload").status());
      gateway.logOnceItHas("this text is longer than 65536");
      assertEquals(200, get(gateway, "/api/tags").status());
    }
  }

  @Test
  void aPipeIsNotWaitedForNorIsAnythingElseBehindIt() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.simple();
        ChildGateway gateway =
            ChildGateway.start(
                TestGateway.before(upstream).set("metrics", "{\"enabled\": true}"), "")) {
      Files.delete(gateway.file());
      Process made = new ProcessBuilder("mkfifo", gateway.file().toString()).start();
      assertEquals(0, made.waitFor());
      assertEquals(500, get(gateway, "/config/reload").status());
      assertEquals(500, get(gateway, "/config/new-key").status());
      assertEquals(200, get(gateway, "/metrics").status());
      gateway.logOnceItHas("this is a pipe, a socket or a device");
    }
  }

  private static Answer get(ChildGateway gateway, String path) throws IOException {
    try (RawClient client = gateway.connect()) {
      return client
          .send("GET " + path + " HTTP/1.1\r\nHost: g\r\n" + TestGateway.AUTH + "\r\n")
          .answer();
    }
  }
}
