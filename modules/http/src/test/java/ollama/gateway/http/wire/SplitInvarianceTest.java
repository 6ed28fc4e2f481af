package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.function.Function;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Bytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What comes out never depends on how the bytes were split into reads. */
final class SplitInvarianceTest {

  /** Longer examples are split at about so many places only. */
  private static final int SPLITS = 1200;

  static final List<String> GOOD_REQUESTS =
      List.of(
          "GET / HTTP/1.0\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\n",
          BadRequests.ofBytes(BadRequests.LIMITS.headBytes()) + "behind",
          Bytes.crlf(
              """
              POST http://a.example:80/api/chat?x HTTP/1.1
              host: a.example:80
              X-Empty:
              Content-Length:  \t 12\t
              Expect: 100-continue

              {"model":""}\
              """),
          Bytes.crlf(
              """
              PUT /api/blobs/sha256:0 HTTP/1.1
              Transfer-Encoding: chunked
              Host: [::1]:11434
              Connection: close, x

              0

              """));

  static final List<String> GOOD_RESPONSES =
      List.of(
          "HTTP/1.0 200 \r\n\r\nbody",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
          "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\nX:\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");

  static final List<String> GOOD_BODIES =
      List.of(
          "0\r\n\r\nGET / HTTP/1.1\r\n",
          "3\r\nabc\r\n0\r\n\r\n",
          "00A\r\n0123456789\r\n000\r\n\r\n0\r\n\r\n",
          "3;a=b;c=\"d e\";\u00e4\r\n\r\n\0\r\n1; x\r\n0\r\n0;last\r\n\r\nnext",
          "0\r\nX: a\r\ny:\u00fc\tb\r\n\r\nnext",
          "ff\r\n" + "a".repeat(255) + "\r\n1\r\nb\r\n000000000000000\r\n\r\n\r\n");

  @ParameterizedTest
  @FieldSource("GOOD_REQUESTS")
  void goodRequests(String bytes) {
    Function<List<String>, Outcome> parse = p -> Outcome.ofRequest(BadRequests.LIMITS, p);

    assertInstanceOf(Outcome.Request.class, parse.apply(List.of(bytes)));
    assertSameForEverySplit(bytes, parse);
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.BadRequests#ALL")
  void badRequests(Example bad) {
    assertSameForEverySplit(bad.bytes(), p -> Outcome.ofRequest(BadRequests.LIMITS, p));
  }

  @ParameterizedTest
  @FieldSource("GOOD_RESPONSES")
  void goodResponses(String bytes) {
    Function<List<String>, Outcome> parse = p -> Outcome.ofResponse(BadResponses.LIMITS, false, p);

    assertInstanceOf(Outcome.Response.class, parse.apply(List.of(bytes)));
    assertSameForEverySplit(bytes, parse);
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.BadResponses#ALL")
  void badResponses(Example bad) {
    assertSameForEverySplit(bad.bytes(), p -> Outcome.ofResponse(BadResponses.LIMITS, false, p));
  }

  @ParameterizedTest
  @FieldSource("GOOD_BODIES")
  void goodBodies(String bytes) {
    assertInstanceOf(Outcome.Body.class, Outcome.ofBody(Framing.CHUNKED, 512, List.of(bytes)));
    assertSameForEverySplit(bytes, p -> Outcome.ofBody(Framing.CHUNKED, 512, p));
    assertEquals(
        Outcome.ofBody(Framing.CHUNKED, 512, List.of(bytes)),
        Outcome.ofBody(Framing.CHUNKED, 1, List.of(bytes)),
        "with room for one byte at a time");
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.BadBodies#ALL")
  void badBodies(Example bad) {
    assertSameForEverySplit(bad.bytes(), p -> Outcome.ofBody(Framing.CHUNKED, 512, p));
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.BadBodies#CUT")
  void cutBodies(Example cut) {
    assertSameForEverySplit(cut.bytes(), p -> Outcome.ofBody(Framing.CHUNKED, 512, p));
  }

  private static void assertSameForEverySplit(
      String bytes, Function<List<String>, Outcome> outcome) {
    Outcome inOnePiece = outcome.apply(List.of(bytes));
    int step = 1 + bytes.length() / SPLITS;
    for (int at = 0; at <= bytes.length(); at += step) {
      List<String> halves = List.of(bytes.substring(0, at), bytes.substring(at));
      assertEquals(inOnePiece, outcome.apply(halves), "split at " + at);
    }
    assertEquals(inOnePiece, outcome.apply(List.of(bytes.split(""))), "byte by byte");
  }
}
