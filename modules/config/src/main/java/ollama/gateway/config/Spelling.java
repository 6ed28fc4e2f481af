package ollama.gateway.config;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that somebody meant. */
final class Spelling {
  private static final int LENGTH_MAX = 64;

  private Spelling() {}

  /** The name with the fewest edits, if they are few for its length. */
  static Optional<String> nearest(String unknown, List<String> names) {
    if (unknown.length() > LENGTH_MAX) {
      return Optional.empty();
    }
    return names.stream()
        .map(name -> new Candidate(name, distance(unknown, name.toLowerCase(Locale.ROOT))))
        .filter(c -> c.edits <= Math.max(1, c.name.length() / 3))
        .min(Comparator.comparingInt(Candidate::edits))
        .map(Candidate::name);
  }

  /** How many characters must be put in, taken out, replaced or swapped with the next. */
  static int distance(String a, String b) {
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replaced = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        edits[i][j] =
            Math.min(
                edits[i - 1][j - 1] + replaced, Math.min(edits[i - 1][j] + 1, edits[i][j - 1] + 1));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
      }
    }
    return edits[a.length()][b.length()];
  }

  private record Candidate(String name, int edits) {}
}
