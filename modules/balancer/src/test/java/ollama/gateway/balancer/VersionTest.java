package ollama.gateway.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {

  @Test
  void olderOnesStandBeforeNewerOnes() {
    List<String> sorted =
        Stream.of("0.30.0", "0.9.6", "v0.12", "0.30.0-rc1", "1", "0.12.1")
            .flatMap(text -> Version.of(text).stream())
            .sorted()
            .map(Version::text)
            .toList();

    assertEquals(List.of("0.9.6", "v0.12", "0.12.1", "0.30.0-rc1", "0.30.0", "1"), sorted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "latest", "v", "-1"})
  void whatHasNoNumberIsNone(String text) {
    assertEquals(Optional.empty(), Version.of(text));
  }

  @Test
  void numbersMayBeOfAnyLength() {
    assertTrue(Version.of("123456789012345678901234567890").isPresent());
  }
}
