package ollama.gateway.http.message;

/**
 * How the end of a message's body is told (RFC 9112 section 6.3).
 *
 * @param kind the way
 * @param length the body's bytes; meaningful for {@link Kind#LENGTH} only, else 0
 */
public record Framing(Kind kind, long length) {

  /** No body at all. */
  public static final Framing NONE = new Framing(Kind.NONE, 0);

  /** Chunks until the empty one. */
  public static final Framing CHUNKED = new Framing(Kind.CHUNKED, 0);

  /** Everything until the connection ends; responses only. */
  public static final Framing UNTIL_CLOSE = new Framing(Kind.UNTIL_CLOSE, 0);

  /** The ways to tell a body's end. */
  public enum Kind {
    /** There is no body. */
    NONE,
    /** By {@code Content-Length}. */
    LENGTH,
    /** By the last chunk. */
    CHUNKED,
    /** By the end of the connection. */
    UNTIL_CLOSE
  }

  /** A body of {@code bytes} bytes, at least 0. */
  public static Framing ofLength(long bytes) {
    return new Framing(Kind.LENGTH, bytes);
  }
}
