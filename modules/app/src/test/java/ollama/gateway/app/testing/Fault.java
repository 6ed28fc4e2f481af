package ollama.gateway.app.testing;

import java.io.IOException;

/** What a broken server does to a request for a numbered stream. */
public enum Fault {
  /** Reads the request and resets. */
  RESETS_BEFORE_THE_HEAD(false),
  /** Resets within the head. */
  RESETS_IN_THE_HEAD(false),
  /** Sends what is no HTTP. */
  ANSWERS_GARBAGE(false),
  /** Says nothing. */
  HANGS_BEFORE_THE_HEAD(false),
  /** Resets between two chunks. */
  RESETS_IN_THE_BODY(true),
  /** Closes between two chunks. */
  CLOSES_IN_THE_BODY(true),
  /** Sends what is no chunk, and then what would be the last one. */
  ANSWERS_GARBAGE_IN_THE_BODY(true),
  /** Says nothing more after some chunks. */
  HANGS_IN_THE_BODY(true);

  private static final int FIRST_LINES = 5;

  private final boolean cuts;

  Fault(boolean cuts) {
    this.cuts = cuts;
  }

  /** Whether the client has seen a part of the answer by then. */
  public boolean cuts() {
    return cuts;
  }

  /** Does it. */
  public void play(Call call) throws IOException {
    if (cuts) {
      NumberedStreams.playSome(call, FIRST_LINES);
    } else {
      String _ = call.readBody();
    }
    switch (this) {
      case RESETS_BEFORE_THE_HEAD, RESETS_IN_THE_BODY -> call.reset();
      case RESETS_IN_THE_HEAD -> call.send("HTTP/1.1 200 OK\r\nTransfer-Enc").reset();
      case ANSWERS_GARBAGE -> call.send("\0\1\2 garbage\r\n\r\n").close();
      case CLOSES_IN_THE_BODY -> call.close();
      case ANSWERS_GARBAGE_IN_THE_BODY -> call.send("garbage\r\n0\r\n\r\n").close();
      case HANGS_BEFORE_THE_HEAD, HANGS_IN_THE_BODY -> {
        long _ = call.awaitEnd();
      }
    }
  }
}
