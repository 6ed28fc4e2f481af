package ollama.gateway.app.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server of numbered streams in a process of its own, which can be killed. */
public final class UpstreamMain implements AutoCloseable {

  private final Process process;
  private final int port;

  private UpstreamMain(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts one on a port of its own. */
  public static UpstreamMain start() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classes().toString(),
                UpstreamMain.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    return new UpstreamMain(process, Integer.parseInt(String.valueOf(output.readLine())));
  }

  /** Serves until the standard input ends. */
  public static void main(String[] arguments) throws IOException {
    try (FakeUpstream upstream = FakeUpstream.start(NumberedStreams::play)) {
      System.out.println(upstream.port());
      int _ = System.in.read();
    }
  }

  /** Its address for the settings. */
  public String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Stops it with SIGSTOP, and waits until none of its threads runs any more. */
  public void stop() throws IOException, InterruptedException {
    signal("STOP");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!stopped()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("it doesn't stop");
      }
      Thread.onSpinWait();
    }
  }

  /** Lets it go on. */
  public void goOn() throws IOException, InterruptedException {
    signal("CONT");
  }

  /** Kills it with SIGKILL. */
  public void kill() {
    Process _ = process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).inheritIO().start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill failed");
    }
  }

  private boolean stopped() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        // The state follows the name, which may hold anything.
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
    }
    return true;
  }

  /** The root of the test classes; for a patched module the code source names the wrong one. */
  private static Path classes() {
    try {
      String name = UpstreamMain.class.getName();
      URL file = Objects.requireNonNull(UpstreamMain.class.getResource("UpstreamMain.class"), name);
      Path root = Path.of(file.toURI());
      for (int i = 0; i < name.split("\\.", -1).length; i++) {
        root = Objects.requireNonNull(root.getParent());
      }
      return root;
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
