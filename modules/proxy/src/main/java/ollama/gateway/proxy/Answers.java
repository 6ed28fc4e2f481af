package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.ollama.MediaType;

/** The answers that the gateway gives itself. */
final class Answers {

  private static final Optional<String> JSON = Optional.of(MediaType.JSON);

  /** The methods that Ollama's routes know. */
  private static final String FORWARDED = "GET, HEAD, POST, DELETE, OPTIONS";

  private static final FieldName ALLOW = FieldName.of("Allow");
  private static final FieldName RETRY_AFTER = FieldName.of("Retry-After");
  private static final FieldName WWW_AUTHENTICATE = FieldName.of("WWW-Authenticate");

  private Answers() {}

  static void ok(Call call, String contentType, byte[] body) throws PeerLeftException {
    ok(call, contentType, body, _ -> {});
  }

  static void ok(Call call, String contentType, byte[] body, ResponseWriter.ExtraFields more)
      throws PeerLeftException {
    call.settle(false);
    call.exchange()
        .response()
        .respond(
            200,
            Optional.of(contentType),
            body,
            fields -> {
              RelayedHead.gatewayFields(call, fields);
              more.addTo(fields);
            });
  }

  /** Answers OPTIONS or TRACE in a server's place (RFC 9110 section 7.6.2). */
  static void asLastRecipient(Call call) throws PeerLeftException {
    if (!call.head().method().equals("OPTIONS")) {
      methodNotAllowed(call, FORWARDED);
      return;
    }
    withoutBody(call, 204, fields -> fields.field(ALLOW, FORWARDED));
  }

  /** Answers by the head alone. */
  static void withoutBody(Call call, int status, ResponseWriter.ExtraFields more)
      throws PeerLeftException {
    call.exchange()
        .response()
        .respond(
            status,
            Optional.empty(),
            new byte[0],
            fields -> {
              more.addTo(fields);
              RelayedHead.gatewayFields(call, fields);
            });
  }

  static void refuse(Call call, Refusal refusal) throws PeerLeftException {
    refuse(call, refusal, fields -> {});
  }

  static void methodNotAllowed(Call call, String allowed) throws PeerLeftException {
    Refusal refusal = new Refusal(405, "Method not allowed, only " + allowed);
    refuse(call, refusal, fields -> fields.field(ALLOW, allowed));
  }

  private static void refuse(Call call, Refusal refusal, ResponseWriter.ExtraFields more)
      throws PeerLeftException {
    call.settle(false);
    call.reason(refusal.message());
    if (call.heartbeat().hasBegun()) {
      call.heartbeat().fail(call, refusal.status(), refusal.message());
      call.exchange().response().end();
      return;
    }
    byte[] body = call.route().errors().body(refusal.status(), refusal.message(), call.idText());
    call.exchange()
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
              RelayedHead.gatewayFields(call, fields);
              more.addTo(fields);
            });
  }
}
