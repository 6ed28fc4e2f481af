package ollama.gateway.proxy;

/** How a request ended whose client stayed to the end. */
sealed interface Ending extends Outcome {

  /** The client has a whole answer. */
  Ending WHOLE = new Whole();

  /** See {@link #WHOLE}. */
  record Whole() implements Ending {}

  /**
   * The client has a part of the answer, and the rest won't come: its connection must be cut.
   *
   * @param failure in which way the server failed
   * @param why for the log
   */
  record Cut(Failure failure, String why) implements Ending {}
}
