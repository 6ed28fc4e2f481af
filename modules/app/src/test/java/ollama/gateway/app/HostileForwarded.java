package ollama.gateway.app;

import static ollama.gateway.app.Hostile.*;

import java.util.List;
import ollama.gateway.app.testing.Meaning;
import ollama.gateway.app.testing.TestGateway;

/** Requests that look dangerous and are read in one way only. */
final class HostileForwarded {

  /** All of them; each is forwarded. */
  static final List<Hostile> ALL =
      List.of(
          body("a request as the body", length(HIDDEN.length()), HIDDEN, HIDDEN),
          body("a request in a chunk", CHUNKED, chunk(HIDDEN) + LAST, HIDDEN),
          body(
              "chunked in another case",
              "tRANSFER-eNCODING: cHUNKED\r\n",
              "1\r\na\r\n" + LAST,
              "a"),
          body("space around chunked", "Transfer-Encoding: \t chunked \t\r\n", LAST, ""),
          body("no space before chunked", "Transfer-Encoding:chunked\r\n", LAST, ""),
          body("an extension of a chunk", CHUNKED, "1;GET /hidden HTTP/1.1\r\na\r\n" + LAST, "a"),
          body("an extension that looks like a size", CHUNKED, "1;\t5\r\na\r\n0;5\r\n\r\n", "a"),
          body("a quoted extension", CHUNKED, "1;a=\";\"\r\na\r\n0;b=\"\\\"\"\r\n\r\n", "a"),
          body(
              "a size with zeros", CHUNKED, "000000000000001\r\na\r\n000000000000000\r\n\r\n", "a"),
          body("chunks of line ends", CHUNKED, "2\r\n\r\n\r\n2\r\n\r\n\r\n" + LAST, "\r\n\r\n"),
          body("chunks within a chunk", CHUNKED, chunk(LAST + HIDDEN) + LAST, LAST + HIDDEN),
          body("a length in a trailer", CHUNKED, "1\r\na\r\n0\r\nContent-Length: 99\r\n\r\n", "a"),
          body("a coding in a trailer", CHUNKED, "0\r\nTransfer-Encoding: chunked\r\n\r\n", ""),
          body("a host and a key in trailers", CHUNKED, "0\r\nHost: b\r\nX-Api-Key: b\r\n\r\n", ""),
          body("a trailer that looks like a request", CHUNKED, "0\r\nGET: /hidden\r\n\r\n", ""),
          body("a length with zeros", "Content-Length: 005\r\n", "abcde", "abcde"),
          body("a length of 0", length(0), "", ""),
          body("the length named by Connection", "Connection: Content-Length\r\n" + length(5)),
          body("the length named by a second Connection", naming("x, content-length") + length(5)),
          body(
              "the coding named by Connection",
              naming("Transfer-Encoding") + CHUNKED,
              "1\r\na\r\n" + LAST,
              "a"),
          body("the host named by Connection", naming("Host, Via, X-Forwarded-For") + length(5)),
          body("the key named by Connection", naming("Authorization, X-Api-Key") + length(5)),
          body(
              "trailers announced",
              "TE: trailers, chunked\r\nTrailer: Content-Length\r\n" + length(5)),
          body("an expectation", "Expect: 100-continue\r\n" + length(5)),
          body("an expectation of chunks", "Expect: 100-Continue\r\n" + CHUNKED, LAST, ""),
          body(
              "an upgrade to HTTP/2",
              naming("Upgrade, HTTP2-Settings")
                  + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
                  + length(5)),
          body(
              "an upgrade to a socket",
              naming("Upgrade")
                  + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  + length(5)),
          body("settings without an upgrade", "HTTP2-Settings: AAMAAABkAAQAAP__\r\n" + length(5)),
          body("a connection of the proxy", "Proxy-Connection: keep-alive\r\n" + length(5)),
          body("a line end of Unicode in a value", "X: a\u0085Content-Length: 0\r\n" + length(5)),
          body(
              "a coding in another field's value", "X: Transfer-Encoding: chunked\r\n" + length(5)),
          body(
              "a field named nearly so",
              "Content-Lengt: 1\r\nXTransfer-Encoding: chunked\r\n" + length(5)),
          body("quotes in a value", "X: \"a\\\r\nY: b\"\r\n" + length(5)),
          request(
              "another host behind slashes", "GET //evil//a HTTP/1.1\r\n", HOST, "GET", "/evil/a"),
          target("encoded line ends", "/a%0d%0aX:%20y%0d%0a%0d%0aGET%20/hidden"),
          target("an encoded space", "/a%20HTTP/1.1"),
          target("a target in a query", "/a?http://evil/"),
          target("dots in names", "/a../..b/...?/../"),
          request("an absolute target", "GET http://gateway/a?b HTTP/1.1\r\n", HOST, "GET", "/a?b"),
          request(
              "an absolute one in capitals",
              "DELETE HTTP://GATEWAY?a HTTP/1.1\r\n",
              HOST,
              "DELETE",
              "/?a"),
          request("no path at all", "OPTIONS http://gateway HTTP/1.1\r\n", HOST, "OPTIONS", "*"),
          request("an asterisk", "OPTIONS * HTTP/1.1\r\n", HOST, "OPTIONS", "*"),
          request("a method that nobody knows", "M'#|~ /a HTTP/1.1\r\n", HOST, "M'#|~", "/a"),
          request("a method in small letters", "get /a HTTP/1.1\r\n", HOST, "get", "/a"),
          request("a later minor version", "GET /a HTTP/1.9\r\n", HOST, "GET", "/a"),
          new Hostile(
              "more than the length",
              post(length(5)) + "abcdef" + HIDDEN,
              List.of(new Meaning("POST", TARGET, "abcde"), new Meaning("fGET", "/hidden", "")),
              0),
          new Hostile(
              "a GET with a body",
              "GET /a HTTP/1.1\r\n"
                  + HOST
                  + TestGateway.AUTH
                  + length(HIDDEN.length())
                  + "\r\n"
                  + HIDDEN,
              List.of(new Meaning("GET", "/a", HIDDEN)),
              0));

  private HostileForwarded() {}
}
