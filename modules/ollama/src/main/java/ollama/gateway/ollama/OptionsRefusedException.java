package ollama.gateway.ollama;

/** A request asks of a model what its key may not, or in a way that can't be read as one. */
public final class OptionsRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * One without a stack trace, since it says nothing of the gateway.
   *
   * @param status of the answer
   * @param message for people
   */
  OptionsRefusedException(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }
}
