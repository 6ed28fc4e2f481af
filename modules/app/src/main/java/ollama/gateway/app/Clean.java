package ollama.gateway.app;

/** What another program has said, as it may be shown: it can't steer the terminal, nor fill it. */
final class Clean {

  private Clean() {}

  /** So much of a text, which says that there is more. */
  static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length) + "…";
  }

  /** A text of one line. */
  static String line(String text) {
    return text.replaceAll("\\p{Cntrl}|[\\u0080-\\u009f]", "?");
  }

  /** A text of several lines. */
  static String lines(String text) {
    return text.replaceAll("[\\p{Cntrl}&&[^\\n]]|[\\u0080-\\u009f]", "?");
  }
}
