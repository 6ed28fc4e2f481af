package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpokenTest {

  @Test
  void whatIsSaidIsFoundBesidesAnythingElse() {
    Spoken spoken = of("{\"x\":{\"error\":1},\"status\":\"success\",\"completed\":3}");

    assertTrue(spoken.isSuccess());
    assertEquals(Optional.empty(), spoken.error());
    assertEquals(Optional.of("0.30.0"), of("{\"version\":\"0.30.0\"}\n").version());
    assertEquals(Optional.of("no \"x\""), of("{\"error\":\"no \\\"x\\\"\"}").error());
    assertFalse(of("{\"status\":\"verifying\"}").isSuccess());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "x", "{", "{\"status\":\"success\"", "\"error\""})
  void whatIsNoObjectSaysNothing(String text) {
    assertFalse(of(text).isObject());
    assertFalse(of(text).isSuccess());
  }

  @Test
  void anErrorThatIsNoTextIsNone() {
    assertEquals(Optional.empty(), of("{\"error\":{\"message\":\"x\"}}").error());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{\"a\":1}|{\"a\":1,\"server\":\"x\"}",
        "{ }|{\"server\":\"x\"}",
        "{\"a\":{}} |{\"a\":{},\"server\":\"x\"}",
      })
  void aMemberCanBeAdded(String object, String expected) {
    assertEquals(expected, new String(Spoken.with(object.getBytes(UTF_8), "server", "x"), UTF_8));
  }

  private static Spoken of(String text) {
    return Spoken.of(text.getBytes(UTF_8));
  }
}
