package ollama.gateway.app;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** A pull in words, numbers and bars of text. */
final class PullText {

  private static final String UNNAMED = "server";
  private static final int NAME_MAX = 24;
  private static final int STATUS_WIDTH = 21;
  private static final int BAR_MIN = 7;
  private static final int AMOUNT_WIDTH = 14;
  private static final int RATE_WIDTH = 8;
  private static final int LEFT_WIDTH = 6;
  private static final String[] UNITS = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};

  private PullText() {}

  /**
   * A bar for each server, or the number of those for which there is no room.
   *
   * @param width no line is longer
   * @param height so many lines at most, one or more
   * @param nanos the time now
   */
  static List<String> bars(Collection<ServerPull> pulls, int width, int height, long nanos) {
    int names = UNNAMED.length();
    for (ServerPull pull : pulls) {
      names = Math.max(names, Math.min(NAME_MAX, pull.name().length()));
    }
    int shown = pulls.size() <= height ? pulls.size() : height - 1;
    List<String> lines = new ArrayList<>();
    for (ServerPull pull : pulls.stream().limit(shown).toList()) {
      lines.add(fit(bar(pull, names, width, nanos), width));
    }
    List<ServerPull> others = pulls.stream().skip(shown).toList();
    if (!others.isEmpty()) {
      long done = others.stream().filter(ServerPull::isDone).count();
      long failed = others.stream().filter(ServerPull::isFailed).count();
      String more = others.size() + " more servers: " + done + " done, " + failed + " failed";
      lines.add(fit("and " + more, width));
    }
    return lines;
  }

  private static String bar(ServerPull pull, int names, int width, long nanos) {
    String begin = padded(name(pull), names) + " ";
    if (pull.isFailed() || pull.total() == 0) {
      return begin + pull.status();
    }
    begin += padded(pull.status(), STATUS_WIDTH) + " ";
    int room = width - begin.length() - BAR_MIN - 1;
    String numbers = String.format(Locale.ROOT, "%3d%%", pull.percent());
    for (String next : numbers(pull, nanos)) {
      if (numbers.length() + 1 + next.length() > room) {
        break;
      }
      numbers += " " + next;
    }
    int bar = BAR_MIN + room - numbers.length();
    return begin + (bar >= BAR_MIN ? bar(pull, bar) + " " : "") + numbers.stripTrailing();
  }

  /** What is shown as far as there is room, each of the same width at all times. */
  private static List<String> numbers(ServerPull pull, long nanos) {
    String left = pull.isDone() ? "" : timeLeft(pull.secondsLeft(nanos));
    String rate = pull.isDone() ? "" : bytes(pull.rate(nanos)) + "/s";
    return List.of(
        right(amount(pull.completed(), pull.total()), AMOUNT_WIDTH),
        right(left, LEFT_WIDTH),
        right(rate, RATE_WIDTH));
  }

  private static String bar(ServerPull pull, int width) {
    int inside = width - 2;
    int full = (int) ((double) inside * pull.completed() / pull.total());
    return "[" + "#".repeat(full) + ".".repeat(inside - full) + "]";
  }

  /** How a server gets on, on a line of its own, of any length. */
  static String line(ServerPull pull) {
    boolean isSized = pull.total() > 0 && !pull.isFailed();
    String size = isSized ? ", " + pull.percent() + "% of " + bytes((double) pull.total()) : "";
    return name(pull) + ": " + pull.status() + size;
  }

  private static String name(ServerPull pull) {
    return pull.name().isEmpty() ? UNNAMED : pull.name();
  }

  private static String fit(String line, int width) {
    return line.length() <= width ? line : Clean.cut(line, width - 1);
  }

  private static String padded(String text, int width) {
    String cut = fit(text, width);
    return cut + " ".repeat(width - cut.length());
  }

  private static String right(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  /** Both in the unit of the greater one, such as 1.1/2.0 GB. */
  private static String amount(long part, long whole) {
    int unit = unit((double) whole);
    return number((double) part, unit) + "/" + number((double) whole, unit) + " " + UNITS[unit];
  }

  private static String bytes(double bytes) {
    int unit = unit(bytes);
    return number(bytes, unit) + " " + UNITS[unit];
  }

  private static int unit(double bytes) {
    int unit = 0;
    // What would be rounded up to a thousand is one of the next unit.
    while (unit < UNITS.length - 1 && bytes >= 999.5 * Math.pow(1000, unit)) {
      unit++;
    }
    return unit;
  }

  private static String number(double bytes, int unit) {
    double number = bytes / Math.pow(1000, unit);
    // As much as changes while one looks on.
    return String.format(Locale.ROOT, unit >= 3 && number < 99.95 ? "%.1f" : "%.0f", number);
  }

  /** In minutes and seconds, or hours and minutes. */
  private static String timeLeft(double seconds) {
    if (seconds < 0 || seconds >= 100 * 3600) {
      return "-";
    }
    long whole = (long) Math.ceil(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%dh%02dm", whole / 3600, whole % 3600 / 60);
  }
}
