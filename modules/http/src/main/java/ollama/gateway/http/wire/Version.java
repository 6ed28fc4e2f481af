package ollama.gateway.http.wire;

import ollama.gateway.http.message.Ascii;

/** {@code HTTP/DIGIT.DIGIT}, RFC 9112 section 2.3. */
final class Version {

  /** Bytes of a version. */
  static final int BYTES = 8;

  private static final byte[] PREFIX = {'H', 'T', 'T', 'P', '/'};

  private Version() {}

  /**
   * The minor version of an HTTP/1.x message.
   *
   * @throws ProtocolException when the range isn't a version, or of another major one
   */
  static int minor(byte[] bytes, int from, int to) throws ProtocolException {
    if (to - from != BYTES) {
      throw new ProtocolException(Rule.VERSION_FORM);
    }
    for (int i = 0; i < PREFIX.length; i++) {
      if (bytes[from + i] != PREFIX[i]) {
        throw new ProtocolException(Rule.VERSION_FORM);
      }
    }
    byte major = bytes[from + 5];
    byte minor = bytes[from + 7];
    if (!Ascii.isDigit(major) || bytes[from + 6] != '.' || !Ascii.isDigit(minor)) {
      throw new ProtocolException(Rule.VERSION_FORM);
    }
    if (major != '1') {
      throw new ProtocolException(Rule.VERSION_MAJOR);
    }
    return minor == '0' ? 0 : 1;
  }
}
