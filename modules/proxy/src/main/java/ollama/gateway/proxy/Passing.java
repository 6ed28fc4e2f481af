package ollama.gateway.proxy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.BodyWatch;
import ollama.gateway.ollama.Edit;
import ollama.gateway.ollama.OptionsRefusedException;
import ollama.gateway.ollama.OptionsRewriter;
import ollama.gateway.ollama.Span;
import org.jspecify.annotations.Nullable;

/** What is done with a body while it passes, of which more comes than is kept. */
final class Passing {

  /** The memory that is used of one that is changed. */
  static final int BYTES = BufferPool.READ_BYTES + OptionsRewriter.KEPT_BYTES_MAX;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final BodyWatch watch;
  private final boolean isLimited;
  private @Nullable OptionsRewriter rewriter;
  private ByteBuffer piece = NOTHING;
  private Edits unsent = Edits.NONE;

  /**
   * Leaves it as it is.
   *
   * @param watch which finds the model, and what else there is
   * @param isLimited whether that may be refused
   */
  Passing(BodyWatch watch, boolean isLimited) {
    this.watch = watch;
    this.isLimited = isLimited;
  }

  /** What looks at it, as it comes from the client. */
  BodyWatch watch() {
    return watch;
  }

  /**
   * Has it changed from its beginning on.
   *
   * @param begin what came of it until now
   * @param length how many bytes these are
   * @return the same, changed, with what will be put at the body's end: whoever reads the beginning
   *     is to know of that
   * @throws OptionsRefusedException if it may not go on
   */
  byte[] rewrite(OptionsRewriter by, byte[] begin, int length) throws OptionsRefusedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(length);
    by.passes(begin, 0, length, out::write);
    byte[] sent = out.toByteArray();
    String end = by.atEnd();
    rewriter = by;
    piece = ByteBuffer.allocate(BufferPool.READ_BYTES);
    if (end.isEmpty()) {
      return sent;
    }
    int brace = 0;
    while (sent[brace] != '{') {
      brace++;
    }
    // There is a model at least, so that another member follows.
    Edit shown = new Edit(new Span(brace + 1, brace + 1), end + ",");
    byte[] bytes = Edits.of(List.of(shown)).applied(sent, sent.length);
    unsent = Edits.of(List.of(new Span(brace + 1, brace + 1 + bytes.length - sent.length)), "");
    return bytes;
  }

  /** What takes out of the beginning again what isn't sent there. */
  Edits unsent() {
    return unsent;
  }

  /** Whether nobody knows how long it will be. */
  boolean isRewritten() {
    return rewriter != null;
  }

  /**
   * Passes on what is at hand.
   *
   * @return why it may not go on; empty if it may
   */
  Optional<Refusal> take(RequestBody body, BodyEncoder encoder, Output out)
      throws ProtocolException {
    OptionsRewriter changing = rewriter;
    if (changing == null) {
      int _ = body.take(encoder, out, watch::passes);
      return found();
    }
    int count = body.take(piece.clear());
    watch.passes(piece, 0, count);
    Optional<Refusal> found = found();
    if (found.isPresent()) {
      return found;
    }
    try {
      changing.passes(
          piece.array(),
          0,
          count,
          (bytes, from, length) -> encoder.encode(bytes, from, length, out));
      if (body.done()) {
        changing.end();
      }
      return Optional.empty();
    } catch (OptionsRefusedException e) {
      return Optional.of(KeyOptions.refusal(e));
    }
  }

  private Optional<Refusal> found() {
    return isLimited ? ModelScope.found(watch) : Optional.empty();
  }
}
