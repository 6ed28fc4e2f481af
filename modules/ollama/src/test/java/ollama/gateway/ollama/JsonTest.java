package ollama.gateway.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  @Test
  void plainTextIsPutBetweenQuotes() {
    assertEquals("\"\"", Json.quote(""));
    assertEquals("\"model 'x' not found\"", Json.quote("model 'x' not found"));
    assertEquals("\"größer €\"", Json.quote("größer €"));
  }

  @Test
  void whatJsonReservesIsEscaped() {
    assertEquals("\"\\\"\\\\\\n\\r\\t\"", Json.quote("\"\\\n\r\t"));
    assertEquals("\"a/b\"", Json.quote("a/b"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 11, 12, 14, 27, 31})
  void controlCharactersAreEscapedByNumber(int c) {
    assertEquals("\"\\u00" + String.format("%02x", c) + "\"", Json.quote("" + (char) c));
  }

  @Test
  void surrogatesAreEscapedSoThatALoneOneStaysEncodable() {
    assertEquals("\"\\ud83d\\ude00\"", Json.quote("\ud83d\ude00"));
    assertEquals("\"\\ud83d\"", Json.quote("\ud83d"));
  }
}
