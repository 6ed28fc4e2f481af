package ollama.gateway.proxy;

import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;

/** The conversation that a request says it belongs to. */
final class Session {

  /** A longer name than any client gives a conversation. */
  private static final int BYTES_MAX = 256;

  // FNV-1a, which is the same for each byte, with the key's hash for a beginning.
  private static final long OFFSET = 0xcbf2_9ce4_8422_2325L;
  private static final long PRIME = 0x0000_0100_0000_01b3L;

  private Session() {}

  /**
   * What stands for it: another number for another key, and 0 where it says nothing, or more than
   * is looked at.
   *
   * @param scope stands for the key
   */
  static long of(Fields fields, long scope) {
    int line = line(fields);
    return line < 0 ? 0 : fields.value(line, (bytes, from, to) -> hash(bytes, from, to, scope));
  }

  /** The first line that names one. */
  private static int line(Fields fields) {
    for (int i = 0; i < fields.count(); i++) {
      KnownField field = fields.known(i);
      if (field == KnownField.X_OPENWEBUI_CHAT_ID || field == KnownField.X_SESSION_ID) {
        return i;
      }
    }
    return -1;
  }

  private static long hash(byte[] bytes, int from, int to, long scope) {
    if (from == to || to - from > BYTES_MAX) {
      return 0;
    }
    long hash = OFFSET ^ scope;
    for (int i = from; i < to; i++) {
      hash = (hash ^ (bytes[i] & 0xff)) * PRIME;
    }
    return hash;
  }
}
