package ollama.gateway.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Each route that Ollama has is one here, or it is known why not. */
class KnownRoutesTest {

  /** Forwarded like anything unknown, for who may use everything: pictures. */
  private static final Set<String> OTHERS = Set.of("/v1/images/generations", "/v1/images/edits");

  @Test
  void noRouteOfOllamaIsUnknownUnlessThatIsMeant() throws IOException {
    Set<String> unknown = new TreeSet<>();
    for (String line : table().lines().toList()) {
      String path = line.substring(line.indexOf(' ') + 1);
      Route route = Route.of(path.replace(':', 'x'));
      if (!line.startsWith("#") && route.kind() == Route.Kind.OTHER) {
        unknown.add(path);
      }
    }
    assertEquals(new TreeSet<>(OTHERS), unknown, "classify them in Route, or say here why not");
  }

  private static String table() throws IOException {
    try (InputStream in = KnownRoutesTest.class.getResourceAsStream("routes.txt")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
