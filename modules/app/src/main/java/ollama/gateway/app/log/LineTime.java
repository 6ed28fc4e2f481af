package ollama.gateway.app.log;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Times as text (RFC 3339, UTC, with milliseconds). Lines come in their order, so that all but the
 * milliseconds is the same for many of them. For one thread.
 */
final class LineTime {

  private static final DateTimeFormatter TO_SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final int MILLIS = 1000;

  private long second = Long.MIN_VALUE;
  private String upToMillis = "";

  /** That of a time in milliseconds since the epoch. */
  String text(long epochMillis) {
    long its = Math.floorDiv(epochMillis, MILLIS);
    if (its != second) {
      second = its;
      upToMillis = TO_SECONDS.format(Instant.ofEpochSecond(its));
    }
    int millis = Math.floorMod(epochMillis, MILLIS);
    String zeros = millis < 10 ? "00" : millis < 100 ? "0" : "";
    return upToMillis + zeros + millis + "Z";
  }
}
