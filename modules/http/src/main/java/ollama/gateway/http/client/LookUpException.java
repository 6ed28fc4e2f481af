package ollama.gateway.http.client;

import java.io.IOException;

/** A name couldn't be looked up in time, which says nothing about the server that has it. */
public final class LookUpException extends IOException {

  private static final long serialVersionUID = 1L;

  /** A look-up without a result; {@code why} is for people. */
  public LookUpException(String why) {
    super(why);
  }
}
