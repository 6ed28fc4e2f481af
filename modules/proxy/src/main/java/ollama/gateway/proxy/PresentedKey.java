package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;

/**
 * The key that a request comes with: in the field that the settings name, or in those where
 * Ollama's, OpenAI's, Anthropic's and Azure's clients put it, as a password or a user of HTTP Basic
 * (RFC 7617), or in the path where that is allowed. The first that is anybody's counts, and else
 * the certificate that its client has shown.
 */
final class PresentedKey {

  static final KnownField[] FIELDS = {
    KnownField.AUTHORIZATION, KnownField.X_API_KEY, KnownField.API_KEY
  };

  private PresentedKey() {}

  /** Whose it is; a guess too many is nobody's. */
  static Optional<Principal> find(Call call) {
    Settings settings = call.settings();
    Fields fields = call.head().fields();
    int line = fields.indexOf(settings.keyField());
    if (line >= 0) {
      Optional<Principal> first = fields.value(line, settings.keyReader());
      if (first.isPresent()
          && settings.guesses().letsIn(call.identity().subscriber(), first.get().id())) {
        return first;
      }
    }
    return new KeySearch(call).beyond(line);
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
}
