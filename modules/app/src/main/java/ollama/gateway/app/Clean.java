package ollama.gateway.app;

/** What another program has answered, so that it can't steer the terminal that it is shown on. */
final class Clean {

  private Clean() {}

  /** A text of one line. */
  static String line(String text) {
    return text.replaceAll("\\p{Cntrl}|[\\u0080-\\u009f]", "?");
  }

  /** A text of several lines. */
  static String lines(String text) {
    return text.replaceAll("[\\p{Cntrl}&&[^\\n]]|[\\u0080-\\u009f]", "?");
  }
}
