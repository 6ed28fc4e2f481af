package ollama.gateway.http.server;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The time as {@code Date} wants it (RFC 9110 section 5.6.7), formatted once a second. */
final class HttpClock {

  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);
  private static final long MILLIS_PER_SECOND = 1000;

  private record Second(long epochSecond, String text) {}

  private final InstantSource clock;
  private volatile Second last = new Second(-1, "");

  HttpClock(InstantSource clock) {
    this.clock = clock;
  }

  String date() {
    long now = clock.millis() / MILLIS_PER_SECOND;
    Second known = last;
    if (known.epochSecond != now) {
      known = new Second(now, IMF_FIXDATE.format(Instant.ofEpochSecond(now)));
      last = known;
    }
    return known.text;
  }
}
