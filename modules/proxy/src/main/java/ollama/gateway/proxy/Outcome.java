package ollama.gateway.proxy;

/** What came of one try on one server: an ending, or nothing yet. */
sealed interface Outcome permits Ending, Outcome.Failed {

  /**
   * The client has seen nothing.
   *
   * @param failure in which way the try failed
   * @param why for the log
   */
  record Failed(Failure failure, String why) implements Outcome {}
}
