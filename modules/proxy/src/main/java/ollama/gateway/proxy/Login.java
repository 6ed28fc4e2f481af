package ollama.gateway.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.FieldName;

/**
 * Logins at the status page. Who has shown an admin key gets a cookie (RFC 6265) in its stead: the
 * browser keeps it from scripts and from other sites' requests, and it is worth something below
 * {@code /gateway/} alone. It does what its key may still do.
 */
final class Login {

  private static final String COOKIE = "gateway_session";
  private static final int COOKIES_MAX = 8;
  private static final FieldName SET_COOKIE = FieldName.of("Set-Cookie");
  private static final String ATTRIBUTES = "; Path=/gateway/; HttpOnly; SameSite=Strict";

  private Login() {}

  /**
   * Whose login a request comes with.
   *
   * @param settings those in force, which may be newer than the request
   * @return empty where it comes with none that is good now, or its key administers no more
   */
  static Optional<Principal> principal(Call call, Settings settings) {
    if (!StatusPage.isOn(settings)) {
      return Optional.empty();
    }
    long idle = TimeUnit.MINUTES.toNanos(settings.config().statusPage().sessionMinutes());
    return tokens(call).stream()
        .flatMap(token -> settings.logins().keyOf(token, idle).stream())
        .flatMap(id -> settings.keys().byId(id).stream())
        .filter(Principal::admin)
        .findFirst();
  }

  /**
   * Logs in whoever has come with an admin key, in the place of what it was logged in as before.
   *
   * @return what its browser has to show from now on
   */
  static String begin(Call call) {
    tokens(call).forEach(call.settings().logins()::end);
    return call.settings().logins().begin(call.identity().principal().orElseThrow().id());
  }

  /** Gives a browser that as a cookie. */
  static void give(Call call, String token) throws PeerLeftException {
    cookie(call, token, "");
  }

  /** Makes the cookie worth nothing, and has the browser drop it. */
  static void end(Call call) throws PeerLeftException {
    tokens(call).forEach(call.settings().logins()::end);
    cookie(call, "", "; Max-Age=0");
  }

  /** Whether a server's answer would set such a cookie, which is the gateway's alone. */
  static boolean isSetBy(Call call, Fields fields, int line) {
    if (!fields.nameIs(line, "set-cookie")) {
      return false;
    }
    // Browsers strip the name, and take what has none for the name (RFC 6265 section 5.2).
    String cookie = fields.value(line).strip();
    String named = cookie.startsWith("=") ? cookie.substring(1) : cookie;
    return call.isByLogin() || named.split("=", 2)[0].strip().equals(COOKIE);
  }

  private static void cookie(Call call, String token, String more) throws PeerLeftException {
    boolean isSecured =
        call.exchange().isSecured()
            || call.identity().forwarded().filter(f -> f.scheme().equals("https")).isPresent();
    String value = COOKIE + "=" + token + ATTRIBUTES + more + (isSecured ? "; Secure" : "");
    Answers.withoutBody(call, 204, fields -> fields.field(SET_COOKIE, value));
  }

  /** All of that name: another port of the host may have set one, too. */
  private static List<String> tokens(Call call) {
    List<String> tokens = new ArrayList<>();
    Fields fields = call.head().fields();
    for (int i = fields.indexOf(KnownField.COOKIE, 0);
        i >= 0;
        i = fields.indexOf(KnownField.COOKIE, i + 1)) {
      for (String pair : fields.value(i).split(";", -1)) {
        String cookie = pair.strip();
        if (cookie.startsWith(COOKIE + "=") && tokens.size() < COOKIES_MAX) {
          tokens.add(cookie.substring(COOKIE.length() + 1));
        }
      }
    }
    return tokens;
  }
}
