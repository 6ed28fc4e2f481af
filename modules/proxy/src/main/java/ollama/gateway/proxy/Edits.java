package ollama.gateway.proxy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.ollama.Edit;
import ollama.gateway.ollama.Span;

/** What is changed in a body on its way to a server; every other byte of it stays. */
final class Edits {

  /** Leaves it as it is. */
  static final Edits NONE = new Edits(List.of());

  private static final class Piece {
    private final Span place;
    private final byte[] bytes;

    private Piece(Span place, byte[] bytes) {
      this.place = place;
      this.bytes = bytes;
    }
  }

  /** In the order of their places, which don't overlap. */
  private final List<Piece> pieces;

  private Edits(List<Piece> pieces) {
    this.pieces = pieces;
  }

  /** These changes, in whatever order. */
  static Edits of(List<Edit> edits) {
    return sorted(
        edits.stream()
            .map(edit -> new Piece(edit.place(), edit.text().getBytes(StandardCharsets.UTF_8)))
            .toList());
  }

  /** The same text in several places. */
  static Edits of(List<Span> places, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return sorted(places.stream().map(place -> new Piece(place, bytes)).toList());
  }

  /** These, and others in other places. */
  Edits and(Edits others) {
    if (isEmpty() || others.isEmpty()) {
      return isEmpty() ? others : this;
    }
    List<Piece> all = new ArrayList<>(pieces);
    all.addAll(others.pieces);
    return sorted(all);
  }

  private static Edits sorted(List<Piece> unsorted) {
    // What is put in at the same place keeps the order in which it was said.
    List<Piece> pieces =
        unsorted.stream().sorted(Comparator.comparingInt(piece -> piece.place.from())).toList();
    int end = 0;
    for (Piece piece : pieces) {
      if (piece.place.from() < end) {
        throw new IllegalArgumentException("two changes of one place: " + piece.place);
      }
      end = piece.place.to();
    }
    return pieces.isEmpty() ? NONE : new Edits(pieces);
  }

  boolean isEmpty() {
    return pieces.isEmpty();
  }

  /** How much longer a body gets; less than 0 if it gets shorter. */
  long growth() {
    long growth = 0;
    for (Piece piece : pieces) {
      growth += piece.bytes.length - piece.place.length();
    }
    return growth;
  }

  /** A body with all of them made. */
  byte[] applied(byte[] body, int length) {
    ByteArrayOutputStream changed = new ByteArrayOutputStream((int) (length + growth()));
    int at = 0;
    for (Piece piece : pieces) {
      changed.write(body, at, piece.place.from() - at);
      changed.write(piece.bytes, 0, piece.bytes.length);
      at = piece.place.to();
    }
    changed.write(body, at, length - at);
    return changed.toByteArray();
  }

  /** Writes a body with all of them made, piece by piece. */
  Writing writing(byte[] body, int length) {
    return new Writing(body, length);
  }

  /** See {@link #writing}. */
  final class Writing {
    private final byte[] body;
    private final int length;
    private int at;
    private int next;

    private Writing(byte[] body, int length) {
      this.body = body;
      this.length = length;
    }

    /** Whether something is left to write. */
    boolean hasNext() {
      return at < length || next < pieces.size();
    }

    /** Writes the next piece, of what stays as it is no more than a buffer takes. */
    void write(BodyEncoder encoder, Output out) {
      int to = Math.min(at + BufferPool.READ_BYTES, length);
      if (next < pieces.size()) {
        Piece piece = pieces.get(next);
        if (piece.place.from() == at) {
          encoder.encode(piece.bytes, 0, piece.bytes.length, out);
          at = piece.place.to();
          next++;
          return;
        }
        to = Math.min(to, piece.place.from());
      }
      encoder.encode(body, at, to - at, out);
      at = to;
    }
  }
}
