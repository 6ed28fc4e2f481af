package ollama.gateway.app;

/** What the program's exit status means. */
final class ExitStatus {

  /** Done, or stopped as asked. */
  static final int DONE = 0;

  /** It couldn't be done. */
  static final int FAILED = 1;

  /** The command line or the settings are wrong. */
  static final int WRONG_INPUT = 2;

  /** A gateway couldn't be asked, so that nothing is known. */
  static final int UNKNOWN = 3;

  private ExitStatus() {}
}
