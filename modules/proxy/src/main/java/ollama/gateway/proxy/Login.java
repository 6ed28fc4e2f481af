package ollama.gateway.proxy;

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
    Optional<String> token = token(call);
    if (token.isEmpty() || !StatusPage.isOn(settings)) {
      return Optional.empty();
    }
    long idle = TimeUnit.MINUTES.toNanos(settings.config().statusPage().sessionMinutes());
    return settings
        .logins()
        .keyOf(token.get(), idle)
        .flatMap(settings.keys()::byId)
        .filter(Principal::admin);
  }

  /** Gives who has come with an admin key a cookie. */
  static void begin(Call call) throws PeerLeftException {
    Optional<Principal> principal = call.identity().principal().filter(Principal::admin);
    if (!StatusPage.isOn(call.settings())) {
      Answers.refuse(call, Refusal.NO_SUCH_PATH);
    } else if (principal.isEmpty()) {
      Answers.refuse(call, Refusal.NOT_ADMIN);
    } else {
      token(call).ifPresent(call.settings().logins()::end);
      cookie(call, call.settings().logins().begin(principal.get().id()), "");
    }
  }

  /** Makes the cookie worth nothing, and has the browser drop it. */
  static void end(Call call) throws PeerLeftException {
    token(call).ifPresent(call.settings().logins()::end);
    cookie(call, "", "; Max-Age=0");
  }

  private static void cookie(Call call, String token, String more) throws PeerLeftException {
    boolean isSecured =
        call.identity()
            .forwarded()
            .map(Forwarded::scheme)
            .map("https"::equals)
            .orElse(call.exchange().isSecured());
    String value = COOKIE + "=" + token + ATTRIBUTES + more + (isSecured ? "; Secure" : "");
    Answers.withoutBody(
        call,
        204,
        fields -> {
          fields.field(SET_COOKIE, value);
          StatusPage.guard(fields);
        });
  }

  private static Optional<String> token(Call call) {
    Fields fields = call.head().fields();
    for (int i = fields.indexOf(KnownField.COOKIE, 0);
        i >= 0;
        i = fields.indexOf(KnownField.COOKIE, i + 1)) {
      for (String pair : fields.value(i).split(";", -1)) {
        String cookie = pair.strip();
        if (cookie.startsWith(COOKIE + "=")) {
          return Optional.of(cookie.substring(COOKIE.length() + 1));
        }
      }
    }
    return Optional.empty();
  }
}
