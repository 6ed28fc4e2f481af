package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.RawClient;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** When the system asks a silent peer whether it is still there, as the kernel tells it. */
@EnabledOnOs(OS.LINUX)
class TcpKeepAliveTest {

  private static final int TICKS_PER_SECOND = 100;
  private static final String KEEP_ALIVE_TIMER = "02";

  @Test
  void bothSidesAreAskedAsTheSettingsSayAtTheTimeOfConnecting() throws Exception {
    try (FakeUpstream upstream = FakeUpstream.start(call -> call.awaitEnd());
        TestGateway gateway =
            TestGateway.before(upstream).set("timeouts", "{\"tcpKeepAliveSeconds\": 500}").start();
        RawClient first = gateway.connect()) {
      first.send(TestGateway.postOf("/api/generate", "{}"));
      assertEquals("POST", upstream.next().method());
      assertAskedWithin(500, gateway, first, upstream);

      gateway.set("timeouts", "{\"tcpKeepAliveSeconds\": 100}").process().reload();
      try (RawClient second = gateway.connect()) {
        second.send(TestGateway.postOf("/api/generate", "{}"));
        assertEquals("POST", upstream.next().method());
        assertAskedWithin(100, gateway, second, upstream);
        assertAskedWithin(500, gateway, first, upstream);
      }

      gateway.set("timeouts", "{\"tcpKeepAliveSeconds\": 0}").process().reload();
      try (RawClient third = gateway.connect()) {
        assertEquals(200, third.send("GET / HTTP/1.1\r\nHost: g\r\n\r\n").answer().status());
        assertEquals(OptionalInt.empty(), seconds(gateway.address().getPort(), third));
      }
    }
  }

  /** Time passes while a test runs, but not 50 seconds of it. */
  private static void assertAskedWithin(
      int seconds, TestGateway gateway, RawClient client, FakeUpstream upstream)
      throws IOException {
    OptionalInt accepted = seconds(gateway.address().getPort(), client);
    assertTrue(accepted.isPresent(), "the client isn't asked");
    assertTrue(accepted.getAsInt() <= seconds && accepted.getAsInt() > seconds - 50, "" + accepted);
    assertTrue(
        connections().stream()
            .filter(line -> line[2].endsWith(hex(upstream.port())))
            .map(TcpKeepAliveTest::timer)
            .anyMatch(t -> t.isPresent() && t.getAsInt() <= seconds && t.getAsInt() > seconds - 50),
        "the server isn't asked");
  }

  /** After how long the client at the other end is asked next, if at all. */
  private static OptionalInt seconds(int port, RawClient client) throws IOException {
    String remote = hex(client.socket().getLocalPort());
    return connections().stream()
        .filter(line -> line[1].endsWith(hex(port)) && line[2].endsWith(remote))
        .map(TcpKeepAliveTest::timer)
        .findFirst()
        .orElseThrow();
  }

  private static OptionalInt timer(String[] line) {
    String[] timer = line[5].split(":", -1);
    return timer[0].equals(KEEP_ALIVE_TIMER)
        ? OptionalInt.of(Integer.parseInt(timer[1], 16) / TICKS_PER_SECOND)
        : OptionalInt.empty();
  }

  /** The fields of each line: number, local, remote, state, queues, timer. */
  private static List<String[]> connections() throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp")));
    lines.addAll(Files.readAllLines(Path.of("/proc/net/tcp6")));
    return lines.stream().map(line -> line.strip().split("\\s+", -1)).toList();
  }

  private static String hex(int port) {
    return String.format(Locale.ROOT, ":%04X", port);
  }
}
