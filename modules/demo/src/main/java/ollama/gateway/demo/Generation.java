package ollama.gateway.demo;

import java.io.IOException;
import ollama.gateway.http.loop.EventLoop;

/** Answers a question word by word, at the server's pace. */
final class Generation {

  /** Words between two turns of the loop, in case that they are due faster than they are said. */
  private static final int WORDS_PER_TURN = 16;

  private final Call call;
  private final Question question;
  private final Pace pace;
  private final long loadedNanos = EventLoop.nanoTime();
  private long firstWordNanos = loadedNanos;

  Generation(Call call, Question question, Pace pace) {
    this.call = call;
    this.question = question;
    this.pace = pace;
  }

  /** Sends each word when it is due. As with Ollama, nothing at all goes out before the first. */
  void stream(Dialect dialect) throws IOException {
    for (int i = 0; i < question.words(); i++) {
      awaitWord(i);
      if (i == 0) {
        call.startStream(dialect.streamType(), dialect.noCache());
        for (String piece : dialect.opening()) {
          call.sendPiece(piece);
        }
      }
      call.sendPiece(dialect.word(i, CannedText.word(i)));
    }
    for (String piece : dialect.closing(outcome())) {
      call.sendPiece(piece);
    }
    call.endStream();
  }

  /** Sends all words when the last is due. */
  void whole(Dialect dialect) throws IOException {
    awaitWord(0);
    awaitWord(question.words() - 1);
    call.respond(200, dialect.whole(outcome()));
  }

  private void awaitWord(int index) throws IOException {
    if (index % WORDS_PER_TURN == 0) {
      Pause.yieldLoop();
    }
    if (!pace.isUnlimited()) {
      call.waitUntil(pace.dueNanos(loadedNanos, index));
    }
    if (index == 0) {
      firstWordNanos = EventLoop.nanoTime();
    }
  }

  private Outcome outcome() {
    return new Outcome(
        loadedNanos - call.startNanos(),
        firstWordNanos - loadedNanos,
        EventLoop.nanoTime() - firstWordNanos);
  }
}
