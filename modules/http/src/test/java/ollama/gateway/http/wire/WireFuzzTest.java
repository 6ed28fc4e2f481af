package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import ollama.gateway.http.message.Framing;

/**
 * Whatever the bytes and however they are split, a parser gives the same as for one piece, and
 * throws nothing but what it declares, and holds no more than the limits allow (see {@link
 * Outcome}). The first byte of an input says where to split the rest.
 */
final class WireFuzzTest {

  @FuzzTest
  void request(byte[] input) {
    assertSameWhenSplit(input, parts -> Outcome.ofRequest(BadRequests.LIMITS, parts));
  }

  @FuzzTest
  void response(byte[] input) {
    boolean toHead = input.length > 0 && input[0] < 0;
    assertSameWhenSplit(input, parts -> Outcome.ofResponse(BadResponses.LIMITS, toHead, parts));
  }

  @FuzzTest
  void chunks(byte[] input) {
    assertSameWhenSplit(input, parts -> Outcome.ofBody(Framing.CHUNKED, 512, parts));
  }

  /** Nothing of it is used, nor anything refused or found, before what decides that is there. */
  @FuzzTest
  void proxyHeader(byte[] input) {
    ByteBuffer bytes = ByteBuffer.wrap(input);
    String last = "more";
    int used = 0;
    for (int there = 0; there <= input.length; there++) {
      bytes.position(0).limit(there);
      String now = proxyHeader(bytes);
      if (!last.equals("more")) {
        assertEquals(last, now);
        assertEquals(used, bytes.position());
      }
      last = now;
      used = bytes.position();
    }
  }

  private static String proxyHeader(ByteBuffer bytes) {
    try {
      return ProxyHeader.parse(bytes).map(ProxyHeader::toString).orElse("more");
    } catch (ProtocolException e) {
      assertEquals(Rule.PROXY_HEADER, e.rule());
      bytes.position(0);
      return "refused";
    }
  }

  private static void assertSameWhenSplit(byte[] input, Function<List<String>, Outcome> outcome) {
    if (input.length == 0) {
      return;
    }
    String bytes = new String(input, 1, input.length - 1, StandardCharsets.ISO_8859_1);
    assertEquals(outcome.apply(List.of(bytes)), outcome.apply(split(bytes, input[0] & 0xff)));
  }

  private static List<String> split(String bytes, int seed) {
    List<String> parts = new ArrayList<>();
    int length = 1 + seed % 16;
    for (int at = 0; at < bytes.length(); at += length) {
      length = 1 + (length * 7 + seed) % 61;
      parts.add(bytes.substring(at, Math.min(at + length, bytes.length())));
      length = parts.getLast().length();
    }
    return parts;
  }
}
