package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import ollama.gateway.auth.KeyRing;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;

/**
 * The key that a request comes with: in the field that the settings name, or in those where
 * Ollama's, OpenAI's, Anthropic's and Azure's clients put it, as a password or a user of HTTP Basic
 * (RFC 7617), or in the path where that is allowed. The first that is anybody's counts.
 */
final class PresentedKey {

  private static final KnownField[] FIELDS = {
    KnownField.AUTHORIZATION, KnownField.X_API_KEY, KnownField.API_KEY
  };

  private static final byte[] BASIC = "basic ".getBytes(StandardCharsets.US_ASCII);

  private PresentedKey() {}

  /** Whose it is. */
  static Optional<Principal> find(Call call) {
    Settings settings = call.settings();
    Fields fields = call.head().fields();
    Optional<Principal> found = inField(fields, fields.indexOf(settings.keyField()), settings);
    for (KnownField field : FIELDS) {
      int line = found.isPresent() ? -1 : fields.indexOf(field, 0);
      if (line >= 0 && !fields.nameIs(line, settings.keyField())) {
        found = inField(fields, line, settings);
      }
    }
    int authorization = found.isPresent() ? -1 : fields.indexOf(KnownField.AUTHORIZATION, 0);
    if (authorization >= 0) {
      KeyRing keys = settings.keys();
      found = fields.value(authorization, (bytes, from, to) -> ofBasic(keys, bytes, from, to));
    }
    return found.isPresent() ? found : inPath(call);
  }

  /** Whether there is any, right or wrong. */
  static boolean isThere(Call call) {
    if (call.carriesKeyInPath()) {
      return call.target().key().filter(key -> !key.isEmpty()).isPresent();
    }
    Fields fields = call.head().fields();
    if (isThere(fields, fields.indexOf(call.settings().keyField()))) {
      return true;
    }
    for (KnownField field : FIELDS) {
      if (isThere(fields, fields.indexOf(field, 0))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isThere(Fields fields, int line) {
    return line >= 0 && !fields.valueIs(line, "");
  }

  private static Optional<Principal> inField(Fields fields, int line, Settings settings) {
    return line < 0 ? Optional.empty() : fields.value(line, settings.keyReader());
  }

  private static Optional<Principal> inPath(Call call) {
    Optional<String> key = call.target().key();
    if (key.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes = key.get().getBytes(StandardCharsets.ISO_8859_1);
    return call.settings().keys().authenticate(bytes, 0, bytes.length);
  }

  private static Optional<Principal> ofBasic(KeyRing keys, byte[] bytes, int from, int to) {
    if (!isBasic(bytes, from, to)) {
      return Optional.empty();
    }
    int at = from + BASIC.length;
    while (at < to && bytes[at] == ' ') {
      at++;
    }
    ByteBuffer decoded;
    try {
      decoded = Base64.getDecoder().decode(ByteBuffer.wrap(bytes, at, to - at));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    byte[] pair = decoded.array();
    int end = decoded.limit();
    int colon = 0;
    while (colon < end && pair[colon] != ':') {
      colon++;
    }
    Optional<Principal> byPassword =
        colon < end ? keys.authenticate(pair, colon + 1, end) : Optional.empty();
    return byPassword.isPresent() ? byPassword : keys.authenticate(pair, 0, colon);
  }

  private static boolean isBasic(byte[] bytes, int from, int to) {
    if (to - from < BASIC.length) {
      return false;
    }
    for (int i = 0; i < BASIC.length; i++) {
      int b = bytes[from + i];
      if ((BASIC[i] == ' ' ? b : b | 0x20) != BASIC[i]) {
        return false;
      }
    }
    return true;
  }
}
