package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.testing.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponseParserTest {

  @Test
  void parsesAnAnswerOfKnownLength() {
    assertEquals(
        new Outcome.Response(
            200,
            1,
            List.of("Content-Type: application/json", "Content-Length: 2"),
            Framing.ofLength(2),
            true,
            "{}"),
        parse(
            """
            HTTP/1.1 200 OK
            Content-Type: application/json
            Content-Length: 2

            {}\
            """));
  }

  @Test
  void parsesAStream() {
    assertEquals(
        new Outcome.Response(
            200, 1, List.of("Transfer-Encoding: chunked"), Framing.CHUNKED, true, "0\r\n"),
        parse(
            """
            HTTP/1.1 200 OK
            Transfer-Encoding: chunked

            0
            """));
  }

  @Test
  void withoutLengthAndChunksTheBodyEndsWithTheConnection() {
    assertEquals(
        new Outcome.Response(500, 1, List.of(), Framing.UNTIL_CLOSE, false, "no"),
        parse(
            """
            HTTP/1.1 500 Something long (and odd)

            no\
            """));
  }

  @Test
  void theReasonMayBeEmpty() {
    assertEquals(599, response(false, "HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n").status());
  }

  @Test
  void withoutAReasonTheSpaceBeforeItMayBeMissing() {
    assertEquals(200, response(false, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n").status());
  }

  @Test
  void http10Closes() {
    ResponseHead head = response(false, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");

    assertEquals(0, head.minorVersion());
    assertFalse(head.keepAlive());
  }

  @Test
  void connectionCloseEndsTheConnection() {
    assertFalse(
        response(false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .keepAlive());
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 102, 103, 204, 304})
  void theseHaveNoBodyWhateverTheirFieldsSay(int status) {
    ResponseHead head = response(false, "HTTP/1.1 " + status + " X\r\nContent-Length: 5\r\n\r\n");

    assertEquals(Framing.NONE, head.framing());
  }

  @Test
  void aBodyAnnouncedWhereNoneCanBeEndsTheConnection() {
    assertFalse(response(false, "HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n").keepAlive());
    assertFalse(
        response(false, "HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n").keepAlive());
    assertTrue(response(false, "HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n").keepAlive());
    assertTrue(response(false, "HTTP/1.1 204 X\r\n\r\n").keepAlive());
  }

  @Test
  void whatAGetWouldHaveGotAnnouncesNothing() {
    String length = "Content-Length: 5\r\n\r\n";

    assertTrue(response(false, "HTTP/1.1 304 X\r\n" + length).keepAlive());
    assertTrue(response(true, "HTTP/1.1 200 X\r\n" + length).keepAlive());
  }

  @Test
  void anAnswerToHeadHasNoBody() {
    assertEquals(
        Framing.NONE, response(true, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").framing());
    assertEquals(Framing.NONE, response(true, "HTTP/1.1 200 OK\r\n\r\n").framing());
  }

  @Test
  void onlyTheseAreFollowedByAnother() {
    assertTrue(response(false, "HTTP/1.1 100 Continue\r\n\r\n").interim());
    assertTrue(response(false, "HTTP/1.1 199 X\r\n\r\n").interim());
    assertFalse(response(false, "HTTP/1.1 200 OK\r\n\r\n").interim());
  }

  private static Outcome parse(String textBlock) {
    return Outcome.ofResponse(BadResponses.LIMITS, false, List.of(Bytes.crlf(textBlock)));
  }

  private static ResponseHead response(boolean toHead, String head) {
    try {
      return new ResponseParser()
          .parse(Bytes.buffer(head), BadResponses.LIMITS, toHead)
          .orElseThrow();
    } catch (ProtocolException e) {
      throw new AssertionError(e.rule().toString(), e);
    }
  }
}
