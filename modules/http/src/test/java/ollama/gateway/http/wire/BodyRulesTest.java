package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.List;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

final class BodyRulesTest {

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.BadBodies#ALL")
  void refuses(Example bad) {
    Outcome outcome = Outcome.ofBody(Framing.CHUNKED, 64, List.of(bad.bytes()));

    assertEquals(bad.rule(), assertInstanceOf(Outcome.Refused.class, outcome).rule(), bad.what());
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("ollama.gateway.http.wire.BadBodies#CUT")
  void aCutBodyIsNeverComplete(Example cut) throws ProtocolException {
    BodyDecoder decoder = new BodyDecoder();
    decoder.reset(Framing.CHUNKED);
    decoder.decode(Bytes.buffer(cut.bytes()), ByteBuffer.allocate(64));

    assertEquals(Rule.TRUNCATED, refusalAtEnd(decoder), cut.what());
  }

  @Test
  void aBodyShorterThanItsLengthIsTruncated() throws ProtocolException {
    BodyDecoder decoder = new BodyDecoder();
    decoder.reset(Framing.ofLength(4));
    decoder.decode(Bytes.buffer("abc"), ByteBuffer.allocate(64));

    assertEquals(Rule.TRUNCATED, refusalAtEnd(decoder));
  }

  private static Rule refusalAtEnd(BodyDecoder decoder) {
    return assertThrows(ProtocolException.class, decoder::endOfInput).rule();
  }
}
