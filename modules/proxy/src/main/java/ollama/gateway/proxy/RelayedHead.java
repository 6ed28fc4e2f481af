package ollama.gateway.proxy;

import java.util.Optional;
import java.util.StringJoiner;
import ollama.gateway.balancer.dispatch.Estimate;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;

/** The head that the client gets of a server's answer. */
final class RelayedHead {

  private static final FieldName LOCATION = FieldName.of("Location");
  private static final FieldName CONTENT_LOCATION = FieldName.of("Content-Location");
  private static final FieldName RATE_LIMIT = FieldName.of("RateLimit-Limit");
  private static final FieldName RATE_LIMIT_REMAINING = FieldName.of("RateLimit-Remaining");
  private static final FieldName RATE_LIMIT_RESET = FieldName.of("RateLimit-Reset");

  private static final FieldName MODEL = FieldName.of("X-Gateway-Model");
  private static final FieldName WHY = FieldName.of("X-Gateway-Why");

  private RelayedHead() {}

  static void write(Call call, ResponseHead head) {
    ResponseWriter response = call.exchange().response();
    response.start(head.status(), head.framing());
    endToEnd(call, head, response);
    if (!head.fields().has(KnownField.DATE)) {
      response.date();
    }
    gatewayFields(call, response);
    why(call, response);
    response.endHead();
  }

  /** Passes an interim answer on. */
  static void writeInterim(Call call, ResponseHead head) throws PeerLeftException {
    call.exchange().response().interim(head.status(), response -> endToEnd(call, head, response));
  }

  /** The fields that answers of the gateway carry. */
  static void gatewayFields(Call call, ResponseWriter response) {
    ownFields(call, response);
    if (!call.servedModel().isEmpty()) {
      response.field(MODEL, call.servedModel());
    }
  }

  /** Those that are known before it is asked who answers. */
  static void ownFields(Call call, ResponseWriter response) {
    RequestId.write(call, response);
    if (call.isForBrowser()) {
      StatusPage.guard(call, response);
    }
    Cors.fields(call, response);
    if (call.reserved().limit().limited()) {
      response.field(RATE_LIMIT, call.reserved().limit().limit());
      response.field(RATE_LIMIT_REMAINING, call.reserved().limit().remaining());
      response.field(RATE_LIMIT_RESET, call.reserved().limit().resetSeconds());
    } else if (call.reserved().quota().isLimited()) {
      response.field(RATE_LIMIT, call.reserved().quota().limit());
      response.field(RATE_LIMIT_REMAINING, call.reserved().quota().remaining());
      response.field(RATE_LIMIT_RESET, call.reserved().quota().resetSeconds());
    }
  }

  /** For administrators: what was expected of each server, in milliseconds. */
  private static void why(Call call, ResponseWriter response) {
    if (!call.why().isEmpty() && call.mayAdminister()) {
      StringJoiner servers = new StringJoiner(", ");
      for (Estimate estimate : call.why()) {
        servers.add(
            estimate.server()
                + (estimate.eligible() ? "" : ";out")
                + ";wait="
                + Math.round(estimate.waitMillis())
                + ";load="
                + Math.round(estimate.loadMillis())
                + ";prefill="
                + Math.round(estimate.prefillMillis()));
      }
      response.field(WHY, servers.toString());
    }
  }

  private static void endToEnd(Call call, ResponseHead head, ResponseWriter response) {
    Fields fields = head.fields();
    boolean listed = HopByHop.listsNames(fields);
    for (int i = 0; i < fields.count(); i++) {
      if (HopByHop.ends(fields, i, listed)
          || isReplaced(call, head, fields, i)
          || Cors.replaces(call, fields, i)
          || Login.isSetBy(call, fields, i)) {
        continue;
      }
      switch (fields.known(i)) {
        case LOCATION -> location(call, LOCATION, fields.value(i), response);
        case CONTENT_LOCATION -> location(call, CONTENT_LOCATION, fields.value(i), response);
        case LINK -> {
          if (RelayedLocation.keepsLink(fields.value(i), call)) {
            response.field(fields, i);
          }
        }
        default -> response.field(fields, i);
      }
    }
  }

  private static void location(
      Call call, FieldName name, String received, ResponseWriter response) {
    Optional<String> location = RelayedLocation.of(received, call);
    if (location.isPresent()) {
      response.field(name, location.get());
    }
  }

  private static boolean isReplaced(Call call, ResponseHead head, Fields fields, int i) {
    return switch (fields.known(i)) {
      case X_REQUEST_ID -> true;
      // The client asks this gateway for a name of this one; what a server made of that is its own.
      case X_GATEWAY_MODEL -> !call.servedModel().isEmpty();
      // Where the client finds the server without the gateway; no server needs them.
      case ALT_SVC, REFRESH -> true;
      case CONTENT_LENGTH -> !describesHead(head);
      // A server may be a gateway too; of two limits, the client's is the one that it meets first.
      case RATELIMIT, RATELIMIT_POLICY, RATELIMIT_LIMIT, RATELIMIT_REMAINING, RATELIMIT_RESET ->
          call.reserved().limit().limited() || call.reserved().quota().isLimited();
      // That gateway takes this one for its client, and names its servers.
      case OTHER ->
          fields.nameIs(i, "x-gateway-why") && !(call.mayAdminister() && call.why().isEmpty());
      default -> false;
    };
  }

  /**
   * Whether a {@code Content-Length} tells what a GET would have got (RFC 9110 section 8.6), as in
   * answers to HEAD and in 304; the length of a body that follows is written with its framing, and
   * an interim answer or a 204 may have none.
   */
  private static boolean describesHead(ResponseHead head) {
    return head.framing().kind() == Framing.Kind.NONE && head.status() != 204 && !head.interim();
  }
}
