package ollama.gateway.app.testing;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a shell does so that the kernel refuses something to the command that it has in {@code
 * "$@"}. Where that can't be done, the test ends as not run, and says so.
 */
public final class Refusing {

  private Refusing() {}

  /** All of these system calls fail with this error, as in a container whose profile says so. */
  public static String calls(int error, int... numbers) throws IOException {
    String list =
        IntStream.of(numbers).mapToObj(Integer::toString).collect(Collectors.joining(","));
    Path script;
    try {
      script =
          Path.of(
              Objects.requireNonNull(Refusing.class.getResource("/deny-system-calls.py")).toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    return tried(
        "set -- python3 '%s' %d %s \"$@\"".formatted(script, error, list),
        "what a seccomp profile does: python3 can't install one here");
  }

  /** So much memory may be locked, and no more by a capability. */
  public static String lockedMemory(int kibibytes) throws IOException {
    return tried(
        """
        ulimit -l %d
        if [ "$(id -u)" = 0 ]; then
          set -- setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock "$@"
        fi\
        """
            .formatted(kibibytes),
        "what little locked memory does: ulimit -l and setpriv don't set it here");
  }

  /**
   * Some of the calls of one kind fail.
   *
   * @param call its name
   * @param how with which error and when, as strace's {@code inject} has it
   */
  public static String some(String call, String how) throws IOException {
    return tried(
        "set -- strace -D -f -qq -o /dev/null --seccomp-bpf -e trace=%1$s -e inject=%1$s:%2$s \"$@\""
            .formatted(call, how),
        "what some system calls that fail do: strace isn't here or may not trace");
  }

  private static String tried(String shell, String otherwise) throws IOException {
    Process process =
        new ProcessBuilder(List.of("sh", "-euc", shell + "\nexec \"$@\"", "sh", "true"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assumeTrue(process.waitFor() == 0, () -> "not checked: " + otherwise);
      return shell;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return abort("interrupted");
    }
  }
}
