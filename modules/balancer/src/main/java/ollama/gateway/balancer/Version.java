package ollama.gateway.balancer;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server's version, by which older ones stand before newer ones: {@code 0.9.6}, {@code
 * 0.30.0-rc1}, {@code 0.30.0}.
 *
 * @param text as the server writes it
 * @param numbers its first three numbers as one
 * @param isFinal whether nothing is behind them
 */
record Version(String text, long numbers, boolean isFinal) implements Comparable<Version> {

  private static final Pattern NUMBERS =
      Pattern.compile("v?(\\d{1,6})(?:\\.(\\d{1,6}))?(?:\\.(\\d{1,6}))?(.*)", Pattern.DOTALL);

  private static final long SHIFT = 1_000_000;

  /** Reads one; empty where it has no number. */
  static Optional<Version> of(String text) {
    Matcher matcher = NUMBERS.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long numbers = 0;
    for (int i = 1; i <= 3; i++) {
      String number = matcher.group(i);
      numbers = numbers * SHIFT + (number == null ? 0 : Long.parseLong(number));
    }
    return Optional.of(new Version(text, numbers, matcher.group(4).isEmpty()));
  }

  @Override
  public int compareTo(Version other) {
    int byNumbers = Long.compare(numbers, other.numbers);
    if (byNumbers != 0) {
      return byNumbers;
    }
    int byEnd = Boolean.compare(isFinal, other.isFinal);
    return byEnd != 0 ? byEnd : text.compareTo(other.text);
  }
}
