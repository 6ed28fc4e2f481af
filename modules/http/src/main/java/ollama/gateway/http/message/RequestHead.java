package ollama.gateway.http.message;

/**
 * A request's head. Holds until the next head is read on the same connection.
 *
 * @param method the method, case-sensitive (RFC 9110 section 9.1)
 * @param target the request target in origin form, {@code /path?query}, or {@code *}; ASCII without
 *     control bytes, no fragment, no dot segment in the path
 * @param minorVersion 0 for HTTP/1.0, 1 for HTTP/1.1 and any later 1.x
 * @param fields the field lines
 * @param framing how the body ends
 * @param keepAlive whether the client would send another request on this connection
 * @param expectsContinue whether it waits for a {@code 100} before it sends the body
 */
public record RequestHead(
    String method,
    String target,
    int minorVersion,
    Fields fields,
    Framing framing,
    boolean keepAlive,
    boolean expectsContinue) {

  /** The target up to the query. */
  public String path() {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }
}
