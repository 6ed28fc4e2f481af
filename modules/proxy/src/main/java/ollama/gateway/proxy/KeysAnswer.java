package ollama.gateway.proxy;

import java.util.List;
import java.util.stream.Collectors;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigDifference;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.ollama.Json;

/** Keys and settings, as the status page lists and changes them. */
final class KeysAnswer {

  /** How the page names a key that is to be made: percent-encoded, since it is a field. */
  private static final String NAME_FIELD = "x-key-name";

  private KeysAnswer() {}

  /** All keys, without their digests. */
  static void list(Call call) throws PeerLeftException {
    List<ApiKey> keys = call.settings().config().apiKeys();
    StatusPage.json(
        call,
        keys.stream()
            .map(key -> object(key, call).toString())
            .collect(Collectors.joining(",", "[", "]")));
  }

  private static Json object(ApiKey key, Call call) {
    String own = call.identity().principal().map(Principal::id).orElse("");
    Json object =
        Json.object()
            .put("id", key.name())
            .put("name", key.name())
            .put("admin", key.admin())
            .put("disabled", key.disabled())
            .put("self", key.sha256().equals(own));
    return key.expires().isEmpty()
        ? object.putNull("expires")
        : object.put("expires", key.expiresAt().toString());
  }

  /** What a new key is to be called; empty where that is left open. */
  static String nameOfNew(Call call) {
    Fields fields = call.head().fields();
    int line = fields.indexOf(NAME_FIELD);
    return line < 0 ? "" : Percent.decode(fields.value(line));
  }

  /** Makes a key, and tells it this once. */
  static String make(Admin admin, String name) throws AdminException {
    Admin.MintedKey minted = admin.newKey(name);
    return Json.object()
        .put("id", minted.name())
        .put("name", minted.name())
        .put("key", minted.key())
        .toString();
  }

  /** Lets a key in again, or no more. */
  static String change(Admin admin, String name, boolean on) throws AdminException {
    admin.switchKey(name, on);
    return Json.object().put("id", name).put("name", name).put("disabled", !on).toString();
  }

  /** Reads the settings anew, and tells what they say otherwise. */
  static String reload(Admin admin) throws AdminException {
    return Json.object()
        .put("changes", admin.reloadAndCompare().stream().map(KeysAnswer::object).toList())
        .toString();
  }

  private static Json object(ConfigDifference difference) {
    Json object = Json.object().put("path", difference.path());
    difference
        .running()
        .ifPresentOrElse(v -> object.put("before", v), () -> none(object, "before"));
    difference.file().ifPresentOrElse(v -> object.put("after", v), () -> none(object, "after"));
    return object.put("needsRestart", difference.needsRestart());
  }

  private static void none(Json object, String name) {
    Json _ = object.putNull(name);
  }
}
