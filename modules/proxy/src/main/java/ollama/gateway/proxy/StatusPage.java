package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.console.PageFile;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.ollama.MediaType;

/**
 * The page for administrators. Its files are the same for everybody and tell nothing; what they
 * show takes a {@link Login}. No other site may frame it, and it loads nothing from elsewhere and
 * runs nothing but its own script (Content Security Policy Level 3).
 */
final class StatusPage {

  /** From the address without the slash, whatever stands before it. */
  private static final String ADDRESS = "gateway/";

  /** Requests that servers answer, for who is logged in. */
  private static final String ROOT = "/gateway";

  private static final Set<String> FOR_SERVERS =
      Set.of("/gateway/api/chat", "/gateway/api/generate", "/gateway/api/tags");

  private static final FieldName POLICY = FieldName.of("Content-Security-Policy");
  private static final String SELF_ALONE =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'";
  private static final String NOTHING_AT_ALL =
      "default-src 'none'; frame-ancestors 'none'; sandbox";
  private static final FieldName FRAMES = FieldName.of("X-Frame-Options");
  private static final FieldName TYPES = FieldName.of("X-Content-Type-Options");
  private static final FieldName REFERRERS = FieldName.of("Referrer-Policy");
  private static final FieldName OPENERS = FieldName.of("Cross-Origin-Opener-Policy");
  private static final FieldName RESOURCES = FieldName.of("Cross-Origin-Resource-Policy");
  private static final FieldName CACHES = FieldName.of("Cache-Control");
  private static final FieldName LOCATION = FieldName.of("Location");

  private static final byte[] NO_ADMIN =
      """
      The status page is off, since no API key is marked admin to log in with.
      To make one:  ollama-gateway key new --name NAME --admin
      (with --config PATH where the settings aren't config.json in the current folder)
      """
          .getBytes(StandardCharsets.US_ASCII);

  private StatusPage() {}

  /** Whether there is one. */
  static boolean isOn(Settings settings) {
    return settings.config().statusPage().enabled() && settings.keys().hasAdmin();
  }

  /** Whether a path is one at which the page asks servers. */
  static boolean isForServers(String path) {
    return path.startsWith(ROOT) && FOR_SERVERS.contains(path);
  }

  /** What servers call that. */
  static String pathForServers(String path) {
    return path.substring(ROOT.length());
  }

  /** The file that a request asks for; empty if there is none. */
  static Optional<PageFile> file(Call call) {
    String path = call.target().path();
    return path.startsWith(OwnEndpoint.FILE)
        ? PageFile.of(path.substring(OwnEndpoint.FILE.length()))
        : Optional.of(PageFile.INDEX);
  }

  /**
   * Answers with a file of it.
   *
   * @param content what is in the file
   */
  static void give(Call call, PageFile file, byte[] content) throws PeerLeftException {
    ok(call, 200, file.contentType(), content);
  }

  /** Whether a request for the page is answered otherwise: it has another address, or is off. */
  static boolean isElsewhere(Call call) throws PeerLeftException {
    if (!call.settings().config().statusPage().enabled()) {
      Answers.refuse(call, Refusal.NO_SUCH_PATH);
    } else if (!call.settings().keys().hasAdmin()) {
      ok(call, 404, MediaType.TEXT, NO_ADMIN);
    } else if (call.target().path().equals(ROOT)) {
      Answers.withoutBody(call, 308, fields -> fields.field(LOCATION, ADDRESS));
    } else {
      return false;
    }
    return true;
  }

  /** Answers the page with JSON. */
  static void json(Call call, String json) throws PeerLeftException {
    ok(call, 200, MediaType.JSON, json.getBytes(StandardCharsets.UTF_8));
  }

  private static void ok(Call call, int status, String type, byte[] body) throws PeerLeftException {
    call.settle(false);
    call.exchange()
        .response()
        .respond(
            status, Optional.of(type), body, fields -> RelayedHead.gatewayFields(call, fields));
  }

  /** Says what a browser must not do with an answer. */
  static void guard(Call call, ResponseWriter response) {
    // What isn't the page itself is shown by nobody, whatever a server says that it is.
    boolean isPage = call.own().filter(OwnEndpoint::isOfPage).isPresent();
    response.field(POLICY, isPage ? SELF_ALONE : NOTHING_AT_ALL);
    response.field(FRAMES, "DENY");
    response.field(TYPES, "nosniff");
    response.field(REFERRERS, "no-referrer");
    response.field(OPENERS, "same-origin");
    response.field(RESOURCES, "same-origin");
    response.field(CACHES, "no-store");
  }
}
