package ollama.gateway.app.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

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

  /** Kills it with SIGKILL. */
  public void kill() {
    Process _ = process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
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
