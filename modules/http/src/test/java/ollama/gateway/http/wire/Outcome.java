package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.message.ResponseHead;
import ollama.gateway.http.testing.Bytes;

/** What a parser made of some bytes, in a form that can be compared. */
sealed interface Outcome {

  /** A request's head, and the bytes behind it. */
  record Request(
      String method,
      String target,
      int minorVersion,
      List<String> fields,
      Framing framing,
      boolean keepAlive,
      boolean expectsContinue,
      String left)
      implements Outcome {}

  /** A response's head, and the bytes behind it. */
  record Response(
      int status,
      int minorVersion,
      List<String> fields,
      Framing framing,
      boolean keepAlive,
      String left)
      implements Outcome {}

  /** A body's payload, whether it is complete, and the bytes behind it. */
  record Body(String payload, boolean done, String left) implements Outcome {}

  /** A broken rule, and the payload that came out before. */
  record Refused(Rule rule, String payload) implements Outcome {}

  /** Nothing yet. */
  record Incomplete() implements Outcome {}

  /** Feeds a request parser with the parts, as the reads of a connection would. */
  static Outcome ofRequest(HeadLimits limits, List<String> parts) {
    RequestParser parser = new RequestParser();
    Outcome outcome = ofHead(parts, in -> parser.parse(in, limits), Outcome::summary);
    assertTrue(parser.heldBytes() <= limits.headBytes());
    return outcome;
  }

  /** Feeds a response parser. */
  static Outcome ofResponse(HeadLimits limits, boolean toHead, List<String> parts) {
    ResponseParser parser = new ResponseParser();
    Outcome outcome = ofHead(parts, in -> parser.parse(in, limits, toHead), Outcome::summary);
    assertTrue(parser.heldBytes() <= limits.headBytes());
    return outcome;
  }

  /** Feeds a decoder, whose output has room for {@code room} bytes at a time. */
  static Outcome ofBody(Framing framing, int room, List<String> parts) {
    BodyDecoder decoder = new BodyDecoder();
    decoder.reset(framing);
    StringBuilder payload = new StringBuilder();
    StringBuilder left = new StringBuilder();
    ByteBuffer out = ByteBuffer.allocate(room);
    for (String part : parts) {
      ByteBuffer in = Bytes.buffer(part);
      try {
        int before;
        do {
          before = in.remaining();
          decoder.decode(in, out.clear());
          payload.append(Bytes.text(out.flip()));
        } while (in.remaining() < before);
      } catch (ProtocolException e) {
        return new Refused(e.rule(), payload + Bytes.text(out.flip()));
      }
      left.append(Bytes.text(in));
    }
    return new Body(payload.toString(), decoder.done(), left.toString());
  }

  /** A parser of either kind. */
  interface Parsing<T> {
    Optional<T> parse(ByteBuffer in) throws ProtocolException;
  }

  /** Makes a head comparable. */
  interface Summary<T> {
    Outcome of(T head, String left);
  }

  private static <T> Outcome ofHead(List<String> parts, Parsing<T> parsing, Summary<T> summary) {
    for (int i = 0; i < parts.size(); i++) {
      ByteBuffer in = Bytes.buffer(parts.get(i));
      Optional<T> head;
      try {
        head = parsing.parse(in);
      } catch (ProtocolException e) {
        return new Refused(e.rule(), "");
      }
      if (head.isPresent()) {
        String left = Bytes.text(in) + String.join("", parts.subList(i + 1, parts.size()));
        return summary.of(head.get(), left);
      }
      if (in.hasRemaining()) {
        throw new AssertionError("an incomplete head left bytes: " + Bytes.text(in));
      }
    }
    return new Incomplete();
  }

  private static Outcome summary(RequestHead head, String left) {
    return new Request(
        head.method(),
        head.target(),
        head.minorVersion(),
        lines(head.fields()),
        head.framing(),
        head.keepAlive(),
        head.expectsContinue(),
        left);
  }

  private static Outcome summary(ResponseHead head, String left) {
    return new Response(
        head.status(),
        head.minorVersion(),
        lines(head.fields()),
        head.framing(),
        head.keepAlive(),
        left);
  }

  private static List<String> lines(Fields fields) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < fields.count(); i++) {
      lines.add(fields.name(i) + ": " + fields.value(i));
    }
    return lines;
  }
}
