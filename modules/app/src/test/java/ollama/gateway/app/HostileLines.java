package ollama.gateway.app;

import static ollama.gateway.app.Hostile.*;

import java.util.List;
import ollama.gateway.app.testing.TestGateway;

/** Requests whose first lines or hosts could be read in two ways. */
final class HostileLines {

  /** All of them; each is refused. */
  static final List<Hostile> ALL =
      List.of(
          head(
              "bare LFs only",
              (START + HOST + TestGateway.AUTH + length(5) + "\r\n").replace("\r", ""),
              400),
          head(
              "bare CRs only",
              (START + HOST + TestGateway.AUTH + length(5) + "\r\n").replace("\n", ""),
              400),
          head("coding in HTTP/1.0", "POST /a HTTP/1.0\r\n" + HOST + CHUNKED + "\r\n" + LAST, 400),
          head("two hosts", START + HOST + "Host: evil\r\n" + length(0) + "\r\n", 400),
          head("two equal hosts", START + HOST + HOST + length(0) + "\r\n", 400),
          head("no host", START + TestGateway.AUTH + length(0) + "\r\n", 400),
          head("a host with a path", START + "Host: gateway/a\r\n" + length(0) + "\r\n", 400),
          head("a host with userinfo", START + "Host: evil@gateway\r\n" + length(0) + "\r\n", 400),
          head("two hosts in one", START + "Host: gateway, evil\r\n" + length(0) + "\r\n", 400),
          head("a folded host", START + "Host: gateway\r\n evil\r\n" + length(0) + "\r\n", 400),
          head("another host in the target", "GET http://evil/ HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head(
              "another port in the target",
              "GET http://gateway:1/ HTTP/1.1\r\n" + HOST + "\r\n",
              400),
          head("userinfo in the target", "GET http://a@gateway/ HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("another scheme", "GET file://gateway/ HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head(
              "a request in the request line",
              "GET /a HTTP/1.1 GET /hidden HTTP/1.1\r\n" + HOST + "\r\n",
              400),
          head(
              "a bare CR in the request line",
              "GET /a HTTP/1.1\rGET /hidden HTTP/1.1\r\n" + HOST + "\r\n",
              400),
          head(
              "a bare LF in the request line",
              "GET /a HTTP/1.1\nGET /hidden HTTP/1.1\r\n" + HOST + "\r\n",
              400),
          head("a tab in the request line", "GET\t/a HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head(
              "a vertical tab in the request line",
              "GET\u000b/a HTTP/1.1\r\n" + HOST + "\r\n",
              400),
          head("two spaces", "GET  /a HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("a space behind the version", "GET /a HTTP/1.1 \r\n" + HOST + "\r\n", 400),
          head("a space before the method", " GET /a HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("two empty lines before", "\r\n\r\nGET /a HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("NUL in the target", "GET /a\0 HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("a fragment", "GET /a#b HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("dots", "GET /a/../../hidden HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("encoded dots", "GET /a/%2e%2E/hidden HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("a byte above 127", "GET /\u00e9 HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("a long method", "M".repeat(33) + " /a HTTP/1.1\r\n" + HOST + "\r\n", 501),
          head("no slash", "GET a HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("an asterisk for GET", "GET * HTTP/1.1\r\n" + HOST + "\r\n", 400),
          head("a tunnel", "CONNECT gateway:80 HTTP/1.1\r\n" + HOST + "\r\n", 501),
          head("HTTP/0.9", "GET /a\r\n", 400),
          head("HTTP/2", "GET /a HTTP/2.0\r\n" + HOST + "\r\n", 505),
          head("HTTP/2 from the start", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
          head("two digits in the version", "GET /a HTTP/1.10\r\n" + HOST + "\r\n", 400),
          head("TLS", "\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1\u0003\u0003", 400));

  private HostileLines() {}
}
