package ollama.gateway.proxy;

import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;

/** The head that the client gets of a server's answer. */
final class RelayedHead {

  static final FieldName REQUEST_ID = FieldName.of("X-Request-Id");
  private static final FieldName RATE_LIMIT = FieldName.of("RateLimit-Limit");
  private static final FieldName RATE_LIMIT_REMAINING = FieldName.of("RateLimit-Remaining");
  private static final FieldName RATE_LIMIT_RESET = FieldName.of("RateLimit-Reset");

  private RelayedHead() {}

  static void write(GatewayRequest request, ResponseHead head) {
    ResponseWriter response = request.exchange().response();
    response.start(head.status(), head.framing());
    Fields fields = head.fields();
    boolean listed = HopByHop.listsNames(fields);
    for (int i = 0; i < fields.count(); i++) {
      KnownField known = fields.known(i);
      boolean dropped =
          HopByHop.is(known)
              || known == KnownField.X_REQUEST_ID
              || (known == KnownField.CONTENT_LENGTH && !describesHead(head))
              || (listed && fields.listedInConnection(i));
      if (!dropped) {
        response.field(fields, i);
      }
    }
    if (!fields.has(KnownField.DATE)) {
      response.date();
    }
    own(request, response);
    response.endHead();
  }

  /** The fields that all answers of the gateway carry. */
  static void own(GatewayRequest request, ResponseWriter response) {
    response.hexField(REQUEST_ID, request.id());
    if (request.limit().limited()) {
      response.field(RATE_LIMIT, request.limit().limit());
      response.field(RATE_LIMIT_REMAINING, request.limit().remaining());
      response.field(RATE_LIMIT_RESET, request.limit().resetSeconds());
    }
  }

  /**
   * Whether a {@code Content-Length} tells what a GET would have got (RFC 9110 section 8.6), as in
   * answers to HEAD and in 304; the length of a body that follows is written with its framing.
   */
  private static boolean describesHead(ResponseHead head) {
    return head.framing().kind() == Framing.Kind.NONE && head.status() != 204;
  }
}
