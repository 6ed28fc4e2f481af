package ollama.gateway.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a file until all of it has been read. Belongs to one thread. */
final class Problems {
  /** Nobody reads more. */
  static final int REPORTED_MAX = 100;

  /** Of a kind; a file of nothing but problems must not fill the memory with them. */
  private static final int KEPT_MAX = 1000;

  private final String fileName;
  private final String text;
  private final Kind errors = new Kind();
  private final Kind warnings = new Kind();

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

  /** How many there are, warnings too. */
  long count() {
    return errors.count + warnings.count;
  }

  /** Whether more errors are only counted. */
  boolean isFull() {
    return errors.kept.size() >= KEPT_MAX;
  }

  List<ConfigProblem> warnings() {
    return reported(warnings);
  }

  void throwIfAny() throws ConfigException {
    if (errors.count > 0) {
      throw new ConfigException(fileName, reported(errors));
    }
  }

  private List<ConfigProblem> reported(Kind all) {
    all.kept.sort((a, b) -> Integer.compare(a.offset, b.offset));
    List<ConfigProblem> reported = new ArrayList<>();
    Place place = Place.start(text);
    for (Found found : all.kept.subList(0, Math.min(all.kept.size(), REPORTED_MAX))) {
      place = place.to(text, found.offset);
      reported.add(place.problem(found.path, found.message));
    }
    if (all.count > REPORTED_MAX) {
      String rest = "and " + (all.count - REPORTED_MAX) + " more like these";
      reported.add(new ConfigProblem("", 0, 0, rest));
    }
    return reported;
  }

  private record Found(String path, int offset, String message) {}

  /** Errors, or warnings. */
  private static final class Kind {
    private final List<Found> kept = new ArrayList<>();
    private long count;

    void add(Found found) {
      count++;
      if (kept.size() < KEPT_MAX) {
        kept.add(found);
      }
    }
  }
}
