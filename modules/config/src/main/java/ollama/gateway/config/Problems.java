package ollama.gateway.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Collects what is wrong with a file until all of it has been read. Belongs to one thread. */
final class Problems {
  /** Nobody reads more, and each costs the counting of its line. */
  static final int REPORTED_MAX = 100;

  private final String fileName;
  private final String text;
  private final List<Found> errors = new ArrayList<>();
  private final List<Found> warnings = new ArrayList<>();

  Problems(String fileName, String text) {
    this.fileName = fileName;
    this.text = text;
  }

  void error(String path, int offset, String message) {
    errors.add(new Found(path, offset, message));
  }

  void warning(String path, int offset, String message) {
    warnings.add(new Found(path, offset, message));
  }

  List<ConfigProblem> warnings() {
    return reported(warnings);
  }

  void throwIfAny() throws ConfigException {
    if (!errors.isEmpty()) {
      throw new ConfigException(fileName, reported(errors));
    }
  }

  private List<ConfigProblem> reported(List<Found> all) {
    Stream<ConfigProblem> first =
        all.stream()
            .sorted((a, b) -> Integer.compare(a.offset, b.offset))
            .limit(REPORTED_MAX)
            .map(found -> Place.of(text, found.offset).problem(found.path, found.message));
    int rest = all.size() - REPORTED_MAX;
    return rest <= 0
        ? first.toList()
        : Stream.concat(
                first, Stream.of(new ConfigProblem("", 0, 0, "and " + rest + " more like these")))
            .toList();
  }

  private record Found(String path, int offset, String message) {}
}
