package ollama.gateway.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations as Go reads them. */
class DurationsTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0, 0",
    "+0, 0",
    "5m, 300",
    "-1s, -1",
    "+1.5h, 5400",
    "1h2m3s, 3723",
    "3s1h, 3603",
    ".5s, 0.5",
    "1.s, 1",
    "1500ms, 1.5",
    "2us, 2e-6",
    "2µs, 2e-6",
    "2μs, 2e-6",
    "1000000000ns, 1"
  })
  void areSeconds(String text, double seconds) {
    assertEquals(seconds, Durations.seconds(text), 1e-9);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-", "5", "m", ".s", "1..5s", "5 m", "5d", "5m ", "1e3s", "--1s", "s5"})
  void someTextsAreNone(String text) {
    assertTrue(Double.isNaN(Durations.seconds(text)), text);
  }
}
