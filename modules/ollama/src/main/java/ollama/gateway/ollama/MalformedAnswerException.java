package ollama.gateway.ollama;

/**
 * A server's answer isn't what its route answers. The message says where, and what was expected.
 */
public final class MalformedAnswerException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int offset;

  MalformedAnswerException(String expected, byte[] answer, int offset) {
    super("byte " + offset + ": expected " + expected + ", found " + found(answer, offset));
    this.offset = offset;
  }

  /** The offset in bytes of what wasn't expected. */
  public int offset() {
    return offset;
  }

  private static String found(byte[] answer, int offset) {
    if (offset >= answer.length) {
      return "the end";
    }
    int found = answer[offset] & 0xff;
    boolean shows = found > ' ' && found < 0x7f;
    return shows ? "'" + (char) found + "'" : "0x" + Integer.toHexString(found);
  }
}
