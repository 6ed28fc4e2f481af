package ollama.gateway.app;

import java.util.List;
import ollama.gateway.app.testing.Meaning;
import ollama.gateway.app.testing.TestGateway;

/**
 * A request by which somebody might hide another one, or tell two servers two things.
 *
 * @param what is wrong with it, for the test's report
 * @param bytes what is sent, the hidden request included
 * @param heard what the server may hear of it
 * @param status what it is answered with when it is refused, behind the answers to what was heard;
 *     0 when it isn't
 */
record Hostile(String what, String bytes, List<Meaning> heard, int status) {

  /** What must never be heard: it carries the key, so that nothing but the framing hides it. */
  static final String HIDDEN =
      "GET /hidden HTTP/1.1\r\nHost: gateway\r\n" + TestGateway.AUTH + "\r\n";

  static final String TARGET = "/api/chat?hostile";
  static final String START = "POST " + TARGET + " HTTP/1.1\r\n";
  static final String HOST = "Host: gateway\r\n";
  static final String CHUNKED = "Transfer-Encoding: chunked\r\n";
  static final String LAST = "0\r\n\r\n";

  @Override
  public String toString() {
    return what;
  }

  static String length(int bytes) {
    return "Content-Length: " + bytes + "\r\n";
  }

  static String naming(String fields) {
    return "Connection: keep-alive\r\nConnection: " + fields + "\r\n";
  }

  static String chunk(String data) {
    return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
  }

  static String post(String fields) {
    return START + HOST + TestGateway.AUTH + fields + "\r\n";
  }

  static Hostile body(String what, String fields) {
    return body(what, fields, "abcde", "abcde");
  }

  static Hostile body(String what, String fields, String sent, String heard) {
    return new Hostile(what, post(fields) + sent, List.of(new Meaning("POST", TARGET, heard)), 0);
  }

  static Hostile target(String what, String target) {
    return request(what, "GET " + target + " HTTP/1.1\r\n", HOST, "GET", target);
  }

  static Hostile request(String what, String line, String fields, String method, String target) {
    return new Hostile(
        what,
        line + fields + TestGateway.AUTH + "\r\n",
        List.of(new Meaning(method, target, "")),
        0);
  }

  static Hostile refused(String what, String fields, String body) {
    return refused(what, 400, fields, body);
  }

  static Hostile refused(String what, int status, String fields, String body) {
    return new Hostile(what, post(fields) + body + HIDDEN, List.of(), status);
  }

  static Hostile head(String what, String bytes, int status) {
    return new Hostile(what, bytes + HIDDEN, List.of(), status);
  }

  /** A good request with something behind it. */
  static Hostile behind(String what, String fields, String sent) {
    return new Hostile(
        what, post(fields) + sent + HIDDEN, List.of(new Meaning("POST", TARGET, "abcde")), 400);
  }
}
