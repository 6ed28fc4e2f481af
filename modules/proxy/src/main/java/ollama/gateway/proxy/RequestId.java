package ollama.gateway.proxy;

import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.ByteSink;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.HeadWriter;
import org.jspecify.annotations.Nullable;

/**
 * The id that a client gave its request, in {@code X-Request-Id}: 1 to {@value #CHARS_MAX} letters,
 * digits and {@code . _ ~ + / = : @ -}. What is longer, has other characters or stands there twice
 * is none.
 *
 * <p>The client gets it back in any case, so that nobody learns by it whether something is a key;
 * servers and logs don't get what may be one.
 */
final class RequestId {

  /** A digest in hexadecimal, twice. */
  static final int CHARS_MAX = 128;

  private static final FieldName FIELD = FieldName.of("X-Request-Id");
  private static final Fields.ValueReader<Boolean> IS_VALID = RequestId::isValid;

  private final String text;
  private @Nullable Boolean holdsKey;

  private RequestId(String text) {
    this.text = text;
  }

  /** The client's; null where it gave none, which is usual. */
  static @Nullable RequestId given(Fields fields) {
    int line = fields.indexOf(KnownField.X_REQUEST_ID, 0);
    boolean isOne = line >= 0 && fields.indexOf(KnownField.X_REQUEST_ID, line + 1) < 0;
    return isOne && fields.value(line, IS_VALID) ? new RequestId(fields.value(line)) : null;
  }

  /** As the client wrote it. */
  String text() {
    return text;
  }

  /** Whether it is a key or has one in it, which is looked up once. */
  boolean holdsKey(Call call) {
    Boolean known = holdsKey;
    if (known == null) {
      known = new StrayKeys(call.settings().keys()).inWord(text);
      holdsKey = known;
    }
    return known;
  }

  /** Writes a request's id for its client. */
  static void write(Call call, ResponseWriter response) {
    RequestId given = call.givenId();
    if (given == null) {
      response.hexField(FIELD, call.id());
    } else {
      response.field(FIELD, given.text);
    }
  }

  /** Writes it for a server. */
  static void write(Call call, ByteSink out) {
    RequestId given = call.givenId();
    if (given == null || given.holdsKey(call)) {
      HeadWriter.hexField(out, FIELD, call.id());
    } else {
      HeadWriter.field(out, FIELD, given.text);
    }
  }

  private static boolean isValid(byte[] bytes, int from, int to) {
    if (from == to || to - from > CHARS_MAX) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (!isValid(bytes[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean isValid(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        // From the dot on: also the slash, and behind the digits the colon.
        || (b >= '-' && b <= ':')
        || b == '@'
        || b == '_'
        || b == '~'
        || b == '+'
        || b == '=';
  }
}
