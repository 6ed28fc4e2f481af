package ollama.gateway.app;

import java.util.Optional;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.loop.VirtualThreads;

/** Which gateway this is. */
final class Version {

  private Version() {}

  /** The version of the build. */
  static String number() {
    return Optional.ofNullable(Version.class.getModule().getDescriptor())
        .flatMap(descriptor -> descriptor.rawVersion())
        .orElse("development");
  }

  /**
   * For people: the version, the Java runtime, what carries the connections' threads, and what the
   * system is asked with unless the settings say otherwise.
   */
  static String text() {
    return "ollama-gateway "
        + number()
        + " (Java "
        + Runtime.version()
        + ", scheduler "
        + VirtualThreads.scheduler().label()
        + ", io "
        + EventLoops.bestIo()
        + ")";
  }
}
