package ollama.gateway.metrics;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The formats of {@link GatewayMetrics#scrape}, those first that are preferred. */
public enum ScrapeFormat {
  /** What everybody reads; exemplars can't be told in it. */
  TEXT("text/plain", "version=0.0.4", "; charset=utf-8", false),

  /** The same names, with exemplars. */
  OPEN_METRICS("application/openmetrics-text", "version=1.0.0", "; charset=utf-8", false),

  /** With exemplars and native histograms. */
  PROTOBUF(
      "application/vnd.google.protobuf",
      "proto=io.prometheus.client.MetricFamily; encoding=delimited",
      "",
      true);

  private final String mediaType;
  private final String parameters;
  private final String rest;
  private final boolean isOnlyThat;

  /**
   * A format.
   *
   * @param isOnlyThat whether a media type without these parameters is another one
   */
  ScrapeFormat(String mediaType, String parameters, String rest, boolean isOnlyThat) {
    this.mediaType = mediaType;
    this.parameters = parameters;
    this.rest = rest;
    this.isOnlyThat = isOnlyThat;
  }

  /** The media type of such a page. */
  public String contentType() {
    return mediaType + "; " + parameters + rest;
  }

  /**
   * The one that a client likes best (RFC 9110 section 12.5.1): text where it likes none, or says
   * nothing that can be understood; of those that it likes as much, what it names itself.
   *
   * @param accept its field {@code Accept}; empty where it has none
   */
  public static ScrapeFormat of(String accept) {
    ScrapeFormat best = TEXT;
    Liking liking = new Liking(0, 0);
    String[] ranges = accept.toLowerCase(Locale.ROOT).split(",", -1);
    for (ScrapeFormat format : values()) {
      Liking next = format.liking(ranges);
      boolean isNamed = next.quality() == liking.quality() && next.precision() > liking.precision();
      if (next.quality() > liking.quality() || (next.quality() > 0 && isNamed)) {
        best = format;
        liking = next;
      }
    }
    return best;
  }

  /**
   * How much a client likes a format.
   *
   * @param quality in thousands; 0 is not at all
   * @param precision how much of the format the range named by which it is liked
   */
  private record Liking(int quality, int precision) {}

  /** By the range that says most of it. */
  private Liking liking(String... ranges) {
    Liking liking = new Liking(0, 0);
    for (String range : ranges) {
      int end = range.indexOf(';');
      String type = (end < 0 ? range : range.substring(0, end)).strip();
      Map<String, String> said = parameters(end < 0 ? "" : range.substring(end + 1));
      int precision = precision(type, said);
      int quality = quality(said.getOrDefault("q", "1")).orElse(0);
      boolean isCloser = precision > liking.precision();
      boolean isBetter = precision == liking.precision() && quality > liking.quality();
      if (precision > 0 && (isCloser || isBetter)) {
        liking = new Liking(quality, precision);
      }
    }
    return liking;
  }

  /** From 1 for anything to 4 for this form of it alone; 0 where a range isn't about this. */
  private int precision(String type, Map<String, String> said) {
    if (!type.equals(mediaType)) {
      boolean isFamily = type.equals(mediaType.substring(0, mediaType.indexOf('/')) + "/*");
      return isFamily ? 2 : type.equals("*/*") ? 1 : 0;
    }
    int same = 0;
    Map<String, String> own = parameters(parameters);
    for (Map.Entry<String, String> parameter : own.entrySet()) {
      String value = said.get(parameter.getKey());
      if (value == null ? isOnlyThat : !value.equalsIgnoreCase(parameter.getValue())) {
        return 0;
      }
      same += value == null ? 0 : 1;
    }
    return same == own.size() ? 4 : 3;
  }

  private static Map<String, String> parameters(String text) {
    Map<String, String> parameters = new HashMap<>();
    for (String parameter : text.split(";", -1)) {
      int equals = parameter.indexOf('=');
      if (equals > 0) {
        String value = parameter.substring(equals + 1).strip().replace("\"", "");
        parameters.putIfAbsent(parameter.substring(0, equals).strip(), value);
      }
    }
    return parameters;
  }

  /** RFC 9110 section 12.4.2; empty where it is none. */
  private static Optional<Integer> quality(String text) {
    return text.matches("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?")
        ? Optional.of((int) Math.round(1000 * Double.parseDouble(text)))
        : Optional.empty();
  }
}
