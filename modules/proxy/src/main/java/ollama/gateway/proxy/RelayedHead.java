package ollama.gateway.proxy;

import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.server.ResponseWriter;

/** The head that the client gets of a server's answer. */
final class RelayedHead {

  private static final String REQUEST_ID = "X-Request-Id";

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
    response.field(REQUEST_ID, request.id());
    if (request.limit().limited()) {
      response.field("RateLimit-Limit", request.limit().limit());
      response.field("RateLimit-Remaining", request.limit().remaining());
      response.field("RateLimit-Reset", request.limit().resetSeconds());
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
