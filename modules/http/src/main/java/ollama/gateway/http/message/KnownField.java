package ollama.gateway.http.message;

import java.util.Arrays;

/** Field names that the gateway acts on; all others are {@link #OTHER} and only passed along. */
public enum KnownField {
  /** Any name that isn't listed here. */
  OTHER(""),
  /** RFC 7838 section 3. */
  ALT_SVC("alt-svc"),
  /** A key as clients of some OpenAI services send it. */
  API_KEY("api-key"),
  /** RFC 9110 section 11.6.2. */
  AUTHORIZATION("authorization"),
  /** RFC 9110 section 7.6.1. */
  CONNECTION("connection"),
  /** RFC 9110 section 8.4. */
  CONTENT_ENCODING("content-encoding"),
  /** RFC 9110 section 8.6. */
  CONTENT_LENGTH("content-length"),
  /** RFC 9110 section 8.7. */
  CONTENT_LOCATION("content-location"),
  /** RFC 6265 section 5.4. */
  COOKIE("cookie"),
  /** RFC 9110 section 6.6.1. */
  DATE("date"),
  /** RFC 9110 section 10.1.1. */
  EXPECT("expect"),
  /** RFC 7239. */
  FORWARDED("forwarded"),
  /** RFC 9110 section 7.2. */
  HOST("host"),
  /** RFC 9112 appendix C.2.2. */
  KEEP_ALIVE("keep-alive"),
  /** RFC 8288 section 3. */
  LINK("link"),
  /** RFC 9110 section 10.2.2. */
  LOCATION("location"),
  /** RFC 9110 section 7.6.2. */
  MAX_FORWARDS("max-forwards"),
  /** RFC 6454 section 7. */
  ORIGIN("origin"),
  /** RFC 9110 section 11.7.1. */
  PROXY_AUTHENTICATE("proxy-authenticate"),
  /** RFC 9110 section 11.7.2. */
  PROXY_AUTHORIZATION("proxy-authorization"),
  /** RFC 9112 appendix C.2.2. */
  PROXY_CONNECTION("proxy-connection"),
  /** A limit as the drafts of the HTTPAPI working group have it, in one field. */
  RATELIMIT("ratelimit"),
  /** How many requests are allowed. */
  RATELIMIT_LIMIT("ratelimit-limit"),
  /** What the limit is, in another field. */
  RATELIMIT_POLICY("ratelimit-policy"),
  /** How many are left. */
  RATELIMIT_REMAINING("ratelimit-remaining"),
  /** When there will be more. */
  RATELIMIT_RESET("ratelimit-reset"),
  /** RFC 9110 section 10.1.3. */
  REFERER("referer"),
  /** Where browsers go after a while, HTML section 7.4.6. */
  REFRESH("refresh"),
  /** RFC 9110 section 10.1.4. */
  TE("te"),
  /** RFC 9110 section 6.6.2. */
  TRAILER("trailer"),
  /** W3C Trace Context, section 3.2. */
  TRACEPARENT("traceparent"),
  /** W3C Trace Context, section 3.3. */
  TRACESTATE("tracestate"),
  /** RFC 9112 section 6.1. */
  TRANSFER_ENCODING("transfer-encoding"),
  /** RFC 9110 section 7.8. */
  UPGRADE("upgrade"),
  /** RFC 9110 section 7.6.3. */
  VIA("via"),
  /** A key as some clients send it. */
  X_API_KEY("x-api-key"),
  /** The path that the client asked for, as Envoy says it. */
  X_ENVOY_ORIGINAL_PATH("x-envoy-original-path"),
  /** The client's address as a proxy says it. */
  X_FORWARDED_FOR("x-forwarded-for"),
  /** The host that the client asked for. */
  X_FORWARDED_HOST("x-forwarded-host"),
  /** The path that the client asked for, as Kong says it. */
  X_FORWARDED_PATH("x-forwarded-path"),
  /** The port that the client asked for. */
  X_FORWARDED_PORT("x-forwarded-port"),
  /** What a proxy took off the path that the client asked for. */
  X_FORWARDED_PREFIX("x-forwarded-prefix"),
  /** The scheme that the client used. */
  X_FORWARDED_PROTO("x-forwarded-proto"),
  /** What the client asked for, as Traefik and Caddy say it. */
  X_FORWARDED_URI("x-forwarded-uri"),
  /** Which model a gateway asked for another name. */
  X_GATEWAY_MODEL("x-gateway-model"),
  /** The class that a request asks for, for the gateway alone. */
  X_GATEWAY_PRIORITY("x-gateway-priority"),
  /** To which servers a request is to go, for the gateway alone. */
  X_GATEWAY_SERVERS("x-gateway-servers"),
  /** A key as clients of some services of Google send it. */
  X_GOOG_API_KEY("x-goog-api-key"),
  /** The conversation that a request belongs to, as Open WebUI says it. */
  X_OPENWEBUI_CHAT_ID("x-openwebui-chat-id"),
  /** What the client asked for, as nginx says it. */
  X_ORIGINAL_URI("x-original-uri"),
  /** What the client asked for, as IIS says it; some servers take it for the target. */
  X_ORIGINAL_URL("x-original-url"),
  /** The client's address as nginx says it. */
  X_REAL_IP("x-real-ip"),
  /** The path that the client asked for, as Traefik says it. */
  X_REPLACED_PATH("x-replaced-path"),
  /** An identifier that follows a request through several programs. */
  X_REQUEST_ID("x-request-id"),
  /** Another name for {@link #X_ORIGINAL_URL}. */
  X_REWRITE_URL("x-rewrite-url"),
  /** The conversation that a request belongs to. */
  X_SESSION_ID("x-session-id");

  private static final KnownField[][] BY_LENGTH = byLength();

  private final String lowerCase;

  KnownField(String lowerCase) {
    this.lowerCase = lowerCase;
  }

  /** The name in lower case. */
  public String lowerCase() {
    return lowerCase;
  }

  /** The field whose name stands in {@code bytes}, in any case, or {@link #OTHER}. */
  public static KnownField of(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length >= BY_LENGTH.length) {
      return OTHER;
    }
    for (KnownField candidate : BY_LENGTH[length]) {
      if (Ascii.equalsIgnoreCase(bytes, from, to, candidate.lowerCase)) {
        return candidate;
      }
    }
    return OTHER;
  }

  private static KnownField[][] byLength() {
    int longest = 0;
    for (KnownField field : values()) {
      longest = Math.max(longest, field.lowerCase.length());
    }
    KnownField[][] table = new KnownField[longest + 1][];
    for (int length = 0; length <= longest; length++) {
      int wanted = length;
      table[length] =
          Arrays.stream(values())
              .filter(field -> field != OTHER && field.lowerCase.length() == wanted)
              .toArray(KnownField[]::new);
    }
    return table;
  }
}
