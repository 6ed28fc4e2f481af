package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.NumberedStreams;
import ollama.gateway.app.testing.NumberedStreams.Outcome;
import ollama.gateway.app.testing.TestGateway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The settings' disk takes nothing when a key is to be made, while streams run. */
@Timeout(300)
class NoSpaceTest {

  private static final int STREAMS = 200;
  private static final int LINES = 50;

  /** Which isn't where the settings are: what is kept there comes back by itself. */
  @TempDir private Path state;

  /** How a disk takes nothing. */
  @FunctionalInterface
  private interface Trouble {
    void with(Path folder) throws Exception;
  }

  @Test
  void aFullDiskIsAnErrorThatLeavesTheFileAndTheStreamsAlone() throws Exception {
    noKeyIsMade(NoSpaceTest::fill);
  }

  @Test
  void aReadOnlyDiskIsAnErrorThatLeavesTheFileAndTheStreamsAlone() throws Exception {
    noKeyIsMade(folder -> assertTrue(run("mount", "-o", "remount,ro", folder.toString())));
  }

  private void noKeyIsMade(Trouble trouble) throws Exception {
    try (FakeUpstream upstream = FakeUpstream.start(NumberedStreams::play);
        TestGateway gateway =
            TestGateway.before(upstream)
                .set("metrics", "{\"enabled\": true}")
                .set("stateDirectory", "\"" + state + "\"")
                .start()) {
      Path folder = gateway.file().toAbsolutePath().resolveSibling("");
      assumeTrue(
          run("mount", "-t", "tmpfs", "-o", "size=64k", "none", folder.toString()),
          "not checked: what a disk without space does: this process may not mount");
      try (NumberedStreams streams = new NumberedStreams(gateway.address(), STREAMS, LINES)) {
        String before = Files.readString(gateway.set("logging", "true").file());
        trouble.with(folder);
        List<Path> files = list(folder);
        Answer answer = gateway.get("/config/new-key");
        assertEquals(500, answer.status(), answer::toString);
        assertTrue(answer.text().startsWith("{\"error\":\"Failed to make a key"), answer::text);
        assertFalse(answer.text().contains("" + folder), answer::text);
        assertEquals(before, Files.readString(gateway.file()));
        assertEquals(files, list(folder), "no part of a file is left behind");
        assertEquals(1, gateway.metric("gateway_apikeys_total"));
        assertEquals(new Outcome(STREAMS, 0, 0), streams.await());
      } finally {
        // Lazily: the gateway may just be looking whether its settings have changed.
        assertTrue(run("umount", "--lazy", folder.toString()));
      }
    }
  }

  private static void fill(Path folder) throws IOException {
    try (OutputStream filler = Files.newOutputStream(folder.resolve("filler"))) {
      while (true) {
        filler.write(new byte[4096]);
      }
    } catch (IOException e) {
      // Now it is full.
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
