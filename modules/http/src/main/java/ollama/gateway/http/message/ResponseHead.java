package ollama.gateway.http.message;

/**
 * A response's head. Holds until the next head is read on the same connection.
 *
 * @param status 100 to 999
 * @param minorVersion 0 for HTTP/1.0, 1 for HTTP/1.1 and any later 1.x
 * @param fields the field lines
 * @param framing how the body ends
 * @param keepAlive whether the connection may carry another request after this response
 */
public record ResponseHead(
    int status, int minorVersion, Fields fields, Framing framing, boolean keepAlive) {

  /** Whether a final response follows this one (RFC 9110 section 15.2). */
  public boolean interim() {
    return status < 200;
  }
}
