package ollama.gateway.http.server;

import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** The time as {@code Date} wants it (RFC 9110 section 5.6.7), formatted once a second. */
final class HttpClock {

  private static final String[] DAYS = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  private static final String[] MONTHS = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
  };

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
      known = new Second(now, imfFixdate(now));
      last = known;
    }
    return known.text;
  }

  /** By hand, since the first use of the JDK's formatter loads a locale: 20 ms of a start. */
  private static String imfFixdate(long epochSecond) {
    LocalDateTime time = LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC);
    StringBuilder text = new StringBuilder(29);
    text.append(DAYS[time.getDayOfWeek().getValue() - 1]).append(", ");
    twoDigits(time.getDayOfMonth(), text).append(' ');
    text.append(MONTHS[time.getMonthValue() - 1]).append(' ');
    text.append(time.getYear()).append(' ');
    twoDigits(time.getHour(), text).append(':');
    twoDigits(time.getMinute(), text).append(':');
    twoDigits(time.getSecond(), text).append(" GMT");
    return text.toString();
  }

  private static StringBuilder twoDigits(int number, StringBuilder text) {
    return text.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }
}
