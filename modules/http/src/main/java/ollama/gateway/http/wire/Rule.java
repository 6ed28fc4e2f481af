package ollama.gateway.http.wire;

import java.util.Locale;

/**
 * What a message may not do. Each refusal is logged, counted and tested under its constant.
 *
 * <p>The status is what a client gets; the same violation by an upstream is a 502.
 */
public enum Rule {
  /** PROXY protocol sections 2.1 and 2.2, {@code security.proxyProtocol}: the first bytes. */
  PROXY_HEADER(400, "the connection doesn't begin with a header of the PROXY protocol"),
  /** RFC 8446 section 5.1: a connection to where TLS is spoken begins with a record of it. */
  NOT_TLS(400, "TLS is spoken here: use https"),
  /** RFC 9112 section 3: {@code method SP target SP version}, nothing before, after or doubled. */
  REQUEST_LINE(400, "malformed request line"),
  /** RFC 9110 section 9.1: a method is a token. */
  METHOD(400, "the method isn't a token"),
  /** RFC 9112 section 3: a method longer than any that is implemented. */
  METHOD_TOO_LONG(501, "the method is too long"),
  /** RFC 9112 section 3.2: an origin-form target starts with a slash. */
  TARGET_FORM(400, "the request target isn't a path"),
  /** RFC 3986 section 2: a target is ASCII, all else in it is percent-encoded. */
  TARGET_NOT_ASCII(400, "the request target has a byte above 127"),
  /** RFC 3986 section 6.2.2.3: clients resolve them, and what is left of them leads elsewhere. */
  TARGET_DOT_SEGMENT(400, "the request target has a dot segment"),
  /** RFC 3986 section 3.5: a fragment never goes to a server. */
  TARGET_FRAGMENT(400, "the request target has a fragment"),
  /** RFC 9112 section 3.2.2: the authority of an absolute target and {@code Host} must agree. */
  TARGET_AUTHORITY(400, "the request target and Host name different authorities"),
  /** RFC 9112 section 3.2.4: {@code *} goes with OPTIONS alone. */
  TARGET_ASTERISK(400, "the request target * goes with OPTIONS only"),
  /** RFC 9110 section 9.3.6: this is no tunnel. */
  CONNECT(501, "CONNECT is not supported"),
  /** RFC 9112 section 2.3: {@code HTTP/DIGIT.DIGIT}. */
  VERSION_FORM(400, "malformed HTTP version"),
  /** RFC 9110 section 15.6.6: only HTTP/1.x is spoken here. */
  VERSION_MAJOR(505, "only HTTP/1.x is supported"),
  /** RFC 9112 section 4: {@code version SP 3DIGIT SP reason}. */
  STATUS_LINE(400, "malformed status line"),
  /** RFC 9110 section 7.8: no upgrade was asked for. */
  SWITCHING_PROTOCOLS(400, "unexpected 101"),
  /** RFC 9110 section 15.2: any number is allowed, but a server that never ends isn't believed. */
  TOO_MANY_INTERIM(400, "too many interim answers"),

  /** RFC 9112 section 2.2: a CR stands only before an LF. */
  BARE_CR(400, "bare CR in the head"),
  /** RFC 9112 section 2.2: lines end with CR LF. */
  BARE_LF(400, "bare LF in the head"),
  /** RFC 9110 section 5.5: no control bytes but tab. */
  CONTROL_BYTE(400, "control byte in the head"),
  /** RFC 9112 section 5.2: line folding is obsolete. */
  FOLDED_LINE(400, "folded field line"),
  /** RFC 9112 section 5: a field line has a colon. */
  FIELD_WITHOUT_COLON(400, "field line without a colon"),
  /** RFC 9112 section 5.1: no white space before the colon. */
  SPACE_BEFORE_COLON(400, "white space before the colon of a field line"),
  /** RFC 9110 section 5.1: a field name is a token. */
  FIELD_NAME(400, "the name of a field isn't a token"),

  /** RFC 9112 section 3.2: HTTP/1.1 needs {@code Host}. */
  HOST_MISSING(400, "no Host field"),
  /** RFC 9112 section 3.2: and just one. */
  HOST_TWICE(400, "more than one Host field"),
  /** RFC 9110 section 7.2: {@code uri-host [":" port]}. */
  HOST_INVALID(400, "malformed Host field"),

  /** RFC 9112 section 6.3: request smuggling's favourite. */
  LENGTH_WITH_CODING(400, "both Content-Length and Transfer-Encoding"),
  /** RFC 9112 section 6.3: even an equal one. */
  LENGTH_TWICE(400, "more than one Content-Length"),
  /** RFC 9110 section 8.6: {@code 1*DIGIT}. */
  LENGTH_INVALID(400, "malformed Content-Length"),
  /** RFC 9112 section 6.1: one line, no empty member, {@code chunked} just once. */
  CODING_INVALID(400, "malformed Transfer-Encoding"),
  /** RFC 9112 section 6.3: otherwise nobody can tell where the body ends. */
  CODING_NOT_CHUNKED(400, "the last transfer coding isn't chunked"),
  /** RFC 9112 section 6.1: HTTP/1.0 knows none. */
  CODING_IN_HTTP_1_0(400, "Transfer-Encoding in an HTTP/1.0 message"),
  /** RFC 9112 section 6.1: before a final {@code chunked}. */
  CODING_UNKNOWN(501, "unknown transfer coding"),
  /** RFC 9110 section 7.6.2: {@code 1*DIGIT}, once, where it counts: OPTIONS and TRACE. */
  MAX_FORWARDS(400, "malformed Max-Forwards"),
  /** RFC 9110 section 10.1.1. */
  EXPECTATION_UNKNOWN(417, "unknown expectation"),

  /** RFC 9112 section 7.1: hex digits alone, a bounded count of them. */
  CHUNK_SIZE(400, "malformed chunk size"),
  /** RFC 9112 section 7.1.1: extensions are dropped, and bounded. */
  CHUNK_EXTENSION(400, "malformed or too long chunk extension"),
  /** RFC 9112 section 7.1: CR LF after a chunk's data. */
  CHUNK_END(400, "chunk data isn't followed by CR LF"),
  /** RFC 9112 section 7.1.2: well-formed field lines, dropped. */
  TRAILER(400, "malformed trailer"),
  /** RFC 9112 section 7.1.2: and bounded. */
  TRAILER_TOO_LARGE(431, "trailers too large"),
  /** RFC 9112 section 8: the connection ended before the message did. */
  TRUNCATED(400, "the message was cut off"),

  /** RFC 9110 section 15.5.15, {@code limits.targetBytes}. */
  TARGET_TOO_LONG(414, "request target too long"),
  /** RFC 6585 section 5, {@code limits.headBytes}. */
  HEAD_TOO_LARGE(431, "head too large"),
  /** RFC 9110 section 15.6.4: nor may all heads together take more memory than there is. */
  HEADS_TOO_LARGE(503, "too many large heads at once"),
  /** RFC 6585 section 5, {@code limits.fields}. */
  TOO_MANY_FIELDS(431, "too many field lines"),
  /** RFC 9110 section 15.5.14, {@code limits.bodyBytes} and {@code limits.blobBytes}. */
  BODY_TOO_LARGE(413, "request body too large"),
  /** RFC 9110 section 15.5.9, {@code timeouts.headSeconds}. */
  HEAD_TOO_SLOW(408, "the request head didn't arrive in time"),
  /** RFC 9110 section 15.5.9, {@code timeouts.bodyIdleSeconds}. */
  BODY_TOO_SLOW(408, "the request body stopped coming");

  private final int status;
  private final String text;
  private final String reason;

  Rule(int status, String text) {
    this.status = status;
    this.text = text;
    this.reason = name().toLowerCase(Locale.ROOT);
  }

  /** The status that a client gets for breaking this rule. */
  public int status() {
    return status;
  }

  /** What is wrong, for people; never holds anything that the peer sent. */
  public String text() {
    return text;
  }

  /** The rule's name in logs and metrics. */
  public String reason() {
    return reason;
  }
}
