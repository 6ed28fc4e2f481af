package ollama.gateway.valkey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import ollama.gateway.usage.TokenCounts;
import ollama.gateway.usage.UsageRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of usage, as the store has them. */
final class UsageTextTest {
  private static final LocalDate DAY = LocalDate.of(2027, 1, 31);
  private static final String KEY = "00ff2a5c".repeat(8);

  private static UsageRow row(String model) {
    return new UsageRow(KEY, model, DAY, Long.MAX_VALUE, 2, new TokenCounts(Long.MAX_VALUE, 4, 5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "llama3.2:latest", "a b\tc\n", "modèle-模型-🦙"})
  void aRowIsTheSameAgain(String model) {
    UsageRow row = row(model);
    assertEquals(row, UsageText.parse(DAY, UsageText.field(row), UsageText.value(row)));
  }

  @Test
  void theLongestNameOfAModelIsToo() {
    UsageRow row = row("模".repeat(255));
    assertEquals(row, UsageText.parse(DAY, UsageText.field(row), UsageText.value(row)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1 0 0 0",
        "1 0 0 0 0 0",
        "0 0 0 0 0",
        "-1 0 0 0 0",
        "1 2 0 0 0",
        "1 -1 0 0 0",
        "1 0 1 2 0",
        "1 0 -1 0 0",
        "1 0 0 0 x",
        "1  0 0 0",
        "1 0 0 0 9223372036854775808",
        "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001"
            + " 0 0 0 0",
      })
  void whatIsNoRowIsNone(String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    assertNull(UsageText.parse(DAY, UsageText.field(row("m")), text));
  }

  @Test
  void aFieldThatIsNoKeyWithAModelIsNone() {
    byte[] field = UsageText.field(row("m"));
    byte[] value = UsageText.value(row("m"));
    assertNull(UsageText.parse(DAY, Arrays.copyOf(field, 31), value));
    assertNull(UsageText.parse(DAY, Arrays.copyOf(field, 32 + 766), value));
    field[32] = (byte) 0xff;
    assertNull(UsageText.parse(DAY, field, value));
  }
}
