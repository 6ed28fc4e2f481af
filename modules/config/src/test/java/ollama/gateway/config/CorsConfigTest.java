package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorsConfigTest {

  private static CorsConfig of(List<String> methods, List<String> headers) {
    return new CorsConfig(List.of(OriginPattern.parse("*")), methods, headers, 600);
  }

  @ParameterizedTest
  @ValueSource(strings = {"post", "Trace", "TRACE", "CONNECT", "GET POST", "", "*"})
  void aMethodThatNoPageCanAskWithIsRefused(String method) {
    Throwable refused =
        assertThrows(IllegalArgumentException.class, () -> of(List.of(method), List.of()));

    assertTrue(String.valueOf(refused.getMessage()).contains("in capitals, such as GET"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "X Api Key", "x-api-key,content-type", ""})
  void whatIsNoHeadersNameIsRefused(String name) {
    Throwable refused =
        assertThrows(IllegalArgumentException.class, () -> of(List.of(), List.of(name)));

    assertTrue(String.valueOf(refused.getMessage()).contains("such as Authorization"));
  }

  @Test
  void withoutMethodsThoseOfOllamasRoutesAreMeant() {
    assertEquals(List.of("GET", "HEAD", "POST", "DELETE"), of(List.of(), List.of()).methods());
    assertEquals(List.of("POST"), of(List.of("POST"), List.of()).methods());
  }
}
