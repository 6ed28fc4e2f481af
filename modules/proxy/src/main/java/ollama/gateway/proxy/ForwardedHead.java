package ollama.gateway.proxy;

import java.net.InetAddress;
import java.util.Optional;
import java.util.StringJoiner;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.server.AddressText;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.wire.FieldBlock;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.HeadWriter;

/**
 * The head that a server gets in place of the client's: no credentials, no hop-by-hop fields (RFC
 * 9110 section 7.6.1), no {@code Origin} or {@code Referer}, and nothing that a client claims about
 * where it comes from or what it asked for, unless it is a proxy that is trusted.
 */
final class ForwardedHead {

  private static final FieldName CONTENT_LENGTH = FieldName.of("Content-Length");
  private static final FieldName FORWARDED = FieldName.of("Forwarded");
  private static final FieldName FORWARDED_FOR = FieldName.of("X-Forwarded-For");
  private static final FieldName FORWARDED_HOST = FieldName.of("X-Forwarded-Host");
  private static final FieldName FORWARDED_PROTO = FieldName.of("X-Forwarded-Proto");
  private static final FieldName MAX_FORWARDS = FieldName.of("Max-Forwards");
  private static final FieldBlock CHUNKED =
      FieldBlock.of(FieldName.of("Transfer-Encoding"), "chunked");
  // With the version that the client spoke (RFC 9110 section 7.6.3).
  private static final FieldBlock VIA_1_0 =
      FieldBlock.of(FieldName.of("Via"), "1.0 ollama-gateway");
  private static final FieldBlock VIA_1_1 =
      FieldBlock.of(FieldName.of("Via"), "1.1 ollama-gateway");

  private ForwardedHead() {}

  /**
   * Writes it.
   *
   * @param framing how the end of the body is told that the server gets
   * @param decoded whether that body has lost the coding in which it came
   */
  static void write(
      Call call, UpstreamTarget server, Framing framing, boolean decoded, Output out) {
    RequestHead head = call.head();
    // An asterisk is about the server as a whole, not about anything below a path.
    String target = call.target().target();
    String prefix = target.startsWith("/") ? server.basePath() : "";
    HeadWriter.requestLine(out, head.method(), prefix, target);
    HeadWriter.fields(out, server.host());
    // What comes as TRACE is sent back as it came.
    if (!head.method().equals("TRACE")) {
      server.writeHeaders(out);
    }
    String keyField = call.settings().keyField();
    Fields fields = head.fields();
    boolean listed = HopByHop.listsNames(fields);
    // A sign of life begins an answer that isn't compressed, so that the rest of it mustn't be; and
    // a usage that the client hasn't asked for couldn't be taken out.
    boolean plain = call.heartbeat().isOn() || call.asksUsage();
    long forwards = MaxForwards.of(head);
    Trace trace = call.trace();
    for (int i = 0; i < fields.count(); i++) {
      boolean counted = forwards > 0 && fields.known(i) == KnownField.MAX_FORWARDS;
      boolean dropped =
          counted
              || isReplaced(fields.known(i))
              || (trace != null && trace.replaces(fields.known(i)))
              || (decoded && fields.known(i) == KnownField.CONTENT_ENCODING)
              || (plain && fields.nameIs(i, "accept-encoding"))
              || HopByHop.ends(fields, i, listed)
              || fields.nameIs(i, keyField)
              || server.replaces(fields, i);
      if (!dropped) {
        HeadWriter.field(out, fields, i);
      }
    }
    framing(framing, out);
    if (forwards > 0) {
      HeadWriter.field(out, MAX_FORWARDS, forwards - 1);
    }
    origin(call, out);
    if (trace != null) {
      trace.write(call, server, out);
    }
    HeadWriter.end(out);
  }

  private static boolean isReplaced(KnownField field) {
    return switch (field) {
      case HOST,
          CONTENT_LENGTH,
          EXPECT,
          API_KEY,
          AUTHORIZATION,
          X_API_KEY,
          X_GOOG_API_KEY,
          COOKIE,
          ORIGIN,
          // Where the client asked for a path with a key in it, these may hold that key.
          REFERER,
          X_ENVOY_ORIGINAL_PATH,
          X_FORWARDED_PATH,
          X_FORWARDED_PREFIX,
          X_FORWARDED_URI,
          X_ORIGINAL_URI,
          X_ORIGINAL_URL,
          X_REPLACED_PATH,
          X_REWRITE_URL,
          FORWARDED,
          X_FORWARDED_FOR,
          X_FORWARDED_HOST,
          X_FORWARDED_PORT,
          X_FORWARDED_PROTO,
          X_GATEWAY_PRIORITY,
          X_GATEWAY_SERVERS,
          X_REAL_IP,
          X_REQUEST_ID ->
          true;
      default -> false;
    };
  }

  private static void framing(Framing framing, Output out) {
    switch (framing.kind()) {
      case LENGTH -> HeadWriter.field(out, CONTENT_LENGTH, framing.length());
      case CHUNKED -> HeadWriter.fields(out, CHUNKED);
      case NONE, UNTIL_CLOSE -> {}
    }
  }

  /** Where the request comes from: replaced, because anybody can claim anything. */
  private static void origin(Call call, Output out) {
    Optional<Forwarded> forwarded = call.identity().forwarded();
    HeadWriter.fields(
        out,
        forwarded.isPresent()
            ? client(forwarded.get())
            : call.exchange().remembered(ForwardedHead::client));
    HeadWriter.fields(out, call.head().minorVersion() == 0 ? VIA_1_0 : VIA_1_1);
    host(call, forwarded, out);
    RequestId.write(call, out);
  }

  private static void host(Call call, Optional<Forwarded> forwarded, Output out) {
    if (forwarded.isPresent() && forwarded.get().host().isPresent()) {
      HeadWriter.field(out, FORWARDED_HOST, forwarded.get().host().get());
      return;
    }
    int host = call.head().fields().indexOf(KnownField.HOST, 0);
    if (host >= 0) {
      HeadWriter.field(out, FORWARDED_HOST, call.head().fields(), host);
    }
  }

  /** What is the same for all requests of a connection. */
  private static FieldBlock client(Exchange exchange) {
    String scheme = exchange.isSecured() ? "https" : "http";
    return FieldBlock.of(FORWARDED_FOR, exchange.clientText())
        .and(FORWARDED_PROTO, scheme)
        .and(FORWARDED, node(exchange.clientText()) + ";proto=" + scheme);
  }

  /** Of a request that came through proxies: what is believed of what they say, and they. */
  private static FieldBlock client(Forwarded forwarded) {
    StringJoiner older = new StringJoiner(", ");
    StringJoiner newer = new StringJoiner(", ");
    String client = AddressText.of(forwarded.way().client());
    older.add(client);
    newer.add(node(client) + ";proto=" + forwarded.scheme());
    for (InetAddress address : forwarded.way().proxies()) {
      String proxy = AddressText.of(address);
      older.add(proxy);
      newer.add(node(proxy));
    }
    return FieldBlock.of(FORWARDED_FOR, older.toString())
        .and(FORWARDED_PROTO, forwarded.scheme())
        .and(FORWARDED, newer.toString());
  }

  private static String node(String address) {
    return "for=" + (address.indexOf(':') >= 0 ? "\"[" + address + "]\"" : address);
  }
}
