package ollama.gateway.app.testing;

import java.util.List;
import java.util.Objects;
import ollama.gateway.http.loop.VirtualThreads;

/** How a gateway is started beside the tests. */
public final class JvmOptions {

  private static final String IO = "ollama.gateway.io";

  private JvmOptions() {}

  /** Those with which it runs on what these tests run on. */
  public static List<String> ofTheseTests() {
    if (VirtualThreads.scheduler() == VirtualThreads.Scheduler.JDK) {
      return List.of("-D" + VirtualThreads.SCHEDULER_PROPERTY + "=jdk");
    }
    return List.of(
        "--add-opens=java.base/java.lang=ollama.gateway.http",
        "--add-opens=java.base/sun.nio.ch=ollama.gateway.http",
        "--enable-native-access=ollama.gateway.http",
        "-D" + IO + "=" + Objects.requireNonNullElse(System.getProperty(IO), "auto"));
  }
}
