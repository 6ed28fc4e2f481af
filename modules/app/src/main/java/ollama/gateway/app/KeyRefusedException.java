package ollama.gateway.app;

/** A key can't be changed as it was asked for; nothing has changed. The message says why. */
final class KeyRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  KeyRefusedException(String message) {
    super(message);
  }
}
