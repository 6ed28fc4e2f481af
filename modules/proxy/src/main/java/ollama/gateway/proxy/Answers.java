package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;

/** The answers that the gateway gives itself. */
final class Answers {

  private static final Optional<String> JSON = Optional.of("application/json; charset=utf-8");

  /** The methods that Ollama's routes know. */
  private static final String FORWARDED = "GET, HEAD, POST, DELETE, OPTIONS";

  private static final FieldName ALLOW = FieldName.of("Allow");
  private static final FieldName RETRY_AFTER = FieldName.of("Retry-After");
  private static final FieldName WWW_AUTHENTICATE = FieldName.of("WWW-Authenticate");

  private Answers() {}

  static void ok(GatewayRequest request, String contentType, byte[] body) throws PeerLeftException {
    ResponseWriter response = request.exchange().response();
    response.respond(
        200, Optional.of(contentType), body, fields -> RelayedHead.own(request, fields));
  }

  /** Answers OPTIONS or TRACE in a server's place (RFC 9110 section 7.6.2). */
  static void asLastRecipient(GatewayRequest request) throws PeerLeftException {
    if (!request.head().method().equals("OPTIONS")) {
      methodNotAllowed(request, FORWARDED);
      return;
    }
    request
        .exchange()
        .response()
        .respond(
            204,
            Optional.empty(),
            new byte[0],
            fields -> {
              fields.field(ALLOW, FORWARDED);
              RelayedHead.own(request, fields);
            });
  }

  static void refuse(GatewayRequest request, Refusal refusal) throws PeerLeftException {
    refuse(request, refusal, fields -> {});
  }

  static void methodNotAllowed(GatewayRequest request, String allowed) throws PeerLeftException {
    Refusal refusal = new Refusal(405, "Method not allowed, only " + allowed);
    refuse(request, refusal, fields -> fields.field(ALLOW, allowed));
  }

  private static void refuse(
      GatewayRequest request, Refusal refusal, ResponseWriter.ExtraFields more)
      throws PeerLeftException {
    byte[] body =
        request.route().errors().body(refusal.status(), refusal.message(), request.idText());
    request
        .exchange()
        .response()
        .respond(
            refusal.status(),
            JSON,
            body,
            fields -> {
              if (refusal.status() == 401) {
                fields.field(WWW_AUTHENTICATE, "Bearer");
              }
              if (refusal.retryAfterSeconds() > 0) {
                fields.field(RETRY_AFTER, refusal.retryAfterSeconds());
              }
              RelayedHead.own(request, fields);
              more.addTo(fields);
            });
  }
}
