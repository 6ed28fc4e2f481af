package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.airlift.compress.v3.zstd.ZstdJavaCompressor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import ollama.gateway.http.memory.MemoryBudget;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class DecodingTest {

  private static final MemoryBudget PLENTY = MemoryBudget.unbounded();

  @AutoClose private final OffLoop offLoop = new OffLoop();

  @Test
  void whatABodySaysIsSeen() {
    assertTrue(look(PLENTY, packed("{}")).isWhole());
  }

  @Test
  void aBodyThatCannotBeReadIsNoSignThatManyAre() {
    Decoding.Look look = look(PLENTY, "{}".getBytes(StandardCharsets.US_ASCII));

    assertFalse(look.isWhole());
    assertFalse(look.isBusy());
  }

  @Test
  void whereThereIsNoMemoryLeftForItThatIsSaid() {
    Decoding.Look look = look(new MemoryBudget(100), packed("{}"));

    assertFalse(look.isWhole());
    assertTrue(look.isBusy());
    assertEquals(0, look.text().size());
  }

  @Test
  void whereTooManyWaitForTheirTurnThatIsSaid() {
    // It refuses as it does when too many wait.
    offLoop.close();

    assertTrue(look(PLENTY, packed("{}")).isBusy());
  }

  private Decoding.Look look(MemoryBudget budget, byte[] body) {
    return new Decoding(budget, offLoop).look(Question.of(body, PLENTY), true);
  }

  private static byte[] packed(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ZstdJavaCompressor compressor = new ZstdJavaCompressor();
    byte[] packed = new byte[compressor.maxCompressedLength(bytes.length)];
    int length = compressor.compress(bytes, 0, bytes.length, packed, 0, packed.length);
    return Arrays.copyOf(packed, length);
  }
}
