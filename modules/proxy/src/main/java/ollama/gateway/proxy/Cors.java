package ollama.gateway.proxy;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import ollama.gateway.config.CorsConfig;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;

/**
 * Lets pages of other sites use the gateway from a browser, as far as the settings allow it (Fetch
 * standard, section 3.2). What a browser asks before is answered here, without a key, which it
 * never sends along, and without a server, which has other rules.
 *
 * <p>A page whose origin isn't allowed gets an answer that its browser doesn't show it. Only what
 * servers do is open, and the root; never what administers the gateway, nor its metrics.
 */
final class Cors {

  private static final String ANY = "*";
  private static final String REQUEST_METHOD = "access-control-request-method";
  private static final String REQUEST_HEADERS = "access-control-request-headers";
  private static final String ASKED_FOR =
      "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

  private static final FieldName ALLOW_ORIGIN = FieldName.of("Access-Control-Allow-Origin");
  private static final FieldName ALLOW_METHODS = FieldName.of("Access-Control-Allow-Methods");
  private static final FieldName ALLOW_HEADERS = FieldName.of("Access-Control-Allow-Headers");
  private static final FieldName EXPOSE_HEADERS = FieldName.of("Access-Control-Expose-Headers");
  private static final FieldName MAX_AGE = FieldName.of("Access-Control-Max-Age");
  private static final FieldName VARY = FieldName.of("Vary");

  /** What a program can make use of, and a browser would hide. */
  private static final String EXPOSED =
      "X-Request-Id, X-Gateway-Model, Retry-After, RateLimit-Limit, RateLimit-Remaining,"
          + " RateLimit-Reset, X-Usage-Gateways, X-Usage-Lacks";

  /** What a server says of pages, which don't talk to it. */
  private static final List<String> OF_SERVERS =
      List.of(
          "access-control-allow-origin",
          "access-control-allow-methods",
          "access-control-allow-headers",
          "access-control-allow-credentials",
          "access-control-expose-headers",
          "access-control-max-age",
          "access-control-allow-private-network");

  private static final Refusal ORIGIN =
      new Refusal(403, "Pages of this origin may not use the gateway (cors.allowedOrigins)");
  private static final Refusal METHOD =
      new Refusal(403, "Pages may not use the gateway with this method (cors.allowedMethods)");
  private static final Refusal HEADERS =
      new Refusal(
          403,
          "Pages may not send these headers to the gateway: not all are in cors.allowedHeaders, or"
              + " their list is no list or too long");

  private Cors() {}

  /** Names of headers, as a browser lists them. */
  private static final class Listed {
    private static final Pattern FORM =
        Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+( ?, ?[!#$%&'*+.^_`|~0-9A-Za-z-]+)*");
    private static final int LENGTH_MAX = 1024;

    static boolean isGood(String names) {
      return names.length() <= LENGTH_MAX && FORM.matcher(names).matches();
    }
  }

  /** Whether a browser asks what a page may do, and the gateway is to say it. */
  static boolean isPreflight(Call call) {
    if (!call.head().method().equals("OPTIONS") || !config(call).isOn()) {
      return false;
    }
    Fields fields = call.head().fields();
    return isOpen(call) && fields.has(KnownField.ORIGIN) && fields.indexOf(REQUEST_METHOD) >= 0;
  }

  /** Answers that. */
  static void answer(Call call) throws PeerLeftException {
    CorsConfig config = config(call);
    Fields fields = call.head().fields();
    if (origin(call).isEmpty()) {
      Answers.refuse(call, ORIGIN);
      return;
    }
    if (!config.methods().contains(fields.value(fields.indexOf(REQUEST_METHOD)))) {
      Answers.refuse(call, METHOD);
      return;
    }
    int line = fields.indexOf(REQUEST_HEADERS);
    String asked = line < 0 ? "" : fields.value(line);
    if (!asked.isEmpty() && !mayBeSent(config, asked)) {
      Answers.refuse(call, HEADERS);
      return;
    }
    Answers.withoutBody(
        call,
        204,
        more -> {
          more.field(ALLOW_METHODS, String.join(", ", config.methods()));
          if (!asked.isEmpty()) {
            more.field(ALLOW_HEADERS, asked);
          }
          more.field(MAX_AGE, config.maxAgeSeconds());
        });
  }

  /** What each answer says of pages. */
  static void fields(Call call, ResponseWriter response) {
    CorsConfig config = config(call);
    if (!config.isOn() || !isOpen(call)) {
      return;
    }
    if (call.isPreflight()) {
      response.field(VARY, ASKED_FOR);
    } else if (!config.isForAll()) {
      response.field(VARY, "Origin");
    }
    boolean mayAsk = call.isPreflight() || config.methods().contains(call.head().method());
    Optional<String> origin = mayAsk ? origin(call) : Optional.empty();
    if (origin.isPresent()) {
      response.field(ALLOW_ORIGIN, origin.get());
      response.field(EXPOSE_HEADERS, EXPOSED);
    }
  }

  /** Whether a server's field says something that only the gateway says. */
  static boolean replaces(Call call, Fields fields, int i) {
    if (!config(call).isOn() || fields.known(i) != KnownField.OTHER) {
      return false;
    }
    for (String name : OF_SERVERS) {
      if (fields.nameIs(i, name)) {
        return true;
      }
    }
    return false;
  }

  private static CorsConfig config(Call call) {
    return call.settings().config().cors();
  }

  private static boolean isOpen(Call call) {
    return call.own().isEmpty() ? !call.isAdministration() : call.own().get() == OwnEndpoint.ROOT;
  }

  /**
   * The origin that is told to be allowed; empty if it isn't, or there is none, or more than one.
   */
  private static Optional<String> origin(Call call) {
    CorsConfig config = config(call);
    Fields fields = call.head().fields();
    int line = fields.indexOf(KnownField.ORIGIN, 0);
    if (line < 0 || fields.indexOf(KnownField.ORIGIN, line + 1) >= 0) {
      return Optional.empty();
    }
    if (config.isForAll()) {
      return Optional.of(ANY);
    }
    return Optional.of(fields.value(line)).filter(config::allows);
  }

  private static boolean mayBeSent(CorsConfig config, String asked) {
    if (!Listed.isGood(asked)) {
      return false;
    }
    if (config.allowedHeaders().isEmpty()) {
      return true;
    }
    for (String name : asked.split(",", -1)) {
      String header = name.strip();
      if (config.allowedHeaders().stream().noneMatch(header::equalsIgnoreCase)) {
        return false;
      }
    }
    return true;
  }
}
