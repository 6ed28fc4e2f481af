package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SpellingTest {

  @ParameterizedTest
  @CsvSource({
    "'', '', 0",
    "abc, abc, 0",
    "abc, ab, 1",
    "ab, abc, 1",
    "abc, axc, 1",
    "abc, acb, 1",
    "kitten, sitting, 3",
    "abc, '', 3",
    "abcd, badc, 2",
  })
  void countsEdits(String a, String b, int distance) {
    assertEquals(distance, Spelling.distance(a, b));
  }

  @Test
  void findsTheNearestThatIsNear() {
    List<String> names = List.of("maxRequests", "enabled");

    assertEquals(Optional.of("maxRequests"), Spelling.nearest("maxrequest", names));
    assertEquals(Optional.of("enabled"), Spelling.nearest("enable", names));
    assertEquals(Optional.empty(), Spelling.nearest("namespace", names));
    assertEquals(Optional.empty(), Spelling.nearest("x".repeat(10_000), names));
  }
}
