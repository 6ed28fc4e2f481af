package ollama.gateway.app;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers and durations as people write them. */
final class Quantities {

  private static final Pattern NUMBER = Pattern.compile("([0-9]{1,9})([kKmMgG]?)");
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,6})([smhdw])");
  private static final Duration LONGEST = Duration.ofDays(36_525);

  private Quantities() {}

  /** A whole number such as 500, 500k, 1M or 2G; empty if it is none. */
  static OptionalLong number(String text) {
    Matcher matcher = NUMBER.matcher(text);
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    long factor =
        switch (matcher.group(2)) {
          case "k", "K" -> 1_000;
          case "m", "M" -> 1_000_000;
          case "g", "G" -> 1_000_000_000;
          default -> 1;
        };
    return OptionalLong.of(Long.parseLong(matcher.group(1)) * factor);
  }

  /** The same number, written as short as that goes without leaving anything out. */
  static String inShort(long number) {
    if (number > 0 && number % 1_000_000_000 == 0) {
      return number / 1_000_000_000 + "G";
    }
    if (number > 0 && number % 1_000_000 == 0) {
      return number / 1_000_000 + "M";
    }
    return number > 0 && number % 1_000 == 0 ? number / 1_000 + "k" : "" + number;
  }

  /**
   * A duration such as 45s, 30m, 24h, 90d or 12w, above 0 and at most a hundred years; empty if it
   * is none.
   */
  static Optional<Duration> duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(matcher.group(1));
    Duration duration =
        switch (matcher.group(2)) {
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          case "h" -> Duration.ofHours(count);
          case "d" -> Duration.ofDays(count);
          default -> Duration.ofDays(7 * count);
        };
    boolean fits = duration.isPositive() && duration.compareTo(LONGEST) <= 0;
    return fits ? Optional.of(duration) : Optional.empty();
  }

  /** So long after an instant, to the second, as settings have it. */
  static String after(Instant now, Duration duration) {
    return now.plus(duration).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
