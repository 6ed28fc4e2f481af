package ollama.gateway.jmh.sidebyside;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What is installed on this machine. */
final class Programs {

  private static final List<String> PLACES =
      List.of("/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/");

  private Programs() {}

  static Optional<String> find(String program) {
    return PLACES.stream()
        .map(place -> place + program)
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst();
  }
}
