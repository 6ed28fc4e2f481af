package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Held against a reading that knows of no other. */
final class ConfigRereadingTest {
  private final ConfigLoader loader = new ConfigLoader(Map.of("NAME", "a", "LONG", "b".repeat(70)));
  private final ConfigRereading rereading = new ConfigRereading(loader);

  @Test
  void keysThatStandThereAsTheyDidAreTheSameObjects() throws Exception {
    List<ApiKey> before = reread(List.of(entry("a"), entry("b"), entry("c"), entry("d")));

    String other = entry("b").replace("}", ", \"admin\": true}");
    List<ApiKey> changed = reread(List.of(entry("a"), other, entry("c"), entry("d")));
    assertSame(before.getFirst(), changed.getFirst());
    assertNotSame(before.get(1), changed.get(1));
    assertTrue(changed.get(1).admin());
    assertSame(before.get(2), changed.get(2));

    List<ApiKey> longer = reread(List.of(entry("a"), other, entry("n"), entry("c"), entry("d")));
    assertSame(changed.get(1), longer.get(1));
    assertSame(before.get(3), longer.getLast());

    List<ApiKey> shorter = reread(List.of(other, entry("n"), entry("d")));
    assertEquals(List.of("b", "n", "d"), shorter.stream().map(ApiKey::name).toList());
    assertSame(before.get(3), shorter.getLast());
  }

  @Test
  void aFileThatCanNotBeUsedChangesNothingOfWhatIsKnown() throws Exception {
    List<ApiKey> before = reread(List.of(entry("a"), entry("b")));
    assertEquals(
        said(List.of(entry("a"), entry("a")), true), said(List.of(entry("a"), entry("a")), false));
    assertSame(before.getFirst(), reread(List.of(entry("a"), entry("b"))).getFirst());
  }

  @Test
  void whatIsReadAgainIsWhatAFreshReadingGives() {
    Random random = new Random(1);
    List<String> entries = new ArrayList<>();
    int usable = 0;
    for (int i = 0; i < 20_000; i++) {
      change(entries, random);
      String fresh = said(entries, false);
      assertEquals(fresh, said(entries, true), () -> text(entries));
      usable += fresh.startsWith("keys ") ? 1 : 0;
    }
    assertTrue(usable > 2_000 && usable < 18_000, "one-sided: " + usable);
  }

  private static void change(List<String> entries, Random random) {
    int at = random.nextInt(entries.size() + 1);
    if (at == entries.size() || (entries.size() < 12 && random.nextBoolean())) {
      entries.add(at, any(random));
    } else if (random.nextInt(3) > 0) {
      entries.remove(at);
    } else {
      entries.set(at, any(random));
    }
  }

  /** An entry that is fine, has a warning, depends on more than its text, or is wrong. */
  private static String any(Random random) {
    String name = "k" + random.nextInt(300);
    String entry = entry(name);
    return switch (random.nextInt(26)) {
      case 0 -> "\"" + name + "\"";
      case 1 -> entry.replace("name", "Name");
      case 2 -> entry(random.nextBoolean() ? "${NAME}" : "key-" + (1 + random.nextInt(12)));
      case 3 -> entry.replace("}", ", \"certificate\": \"c" + random.nextInt(9) + "\"}");
      case 4 -> "{\"name\": \"" + name + "\", \"certificate\": \"c" + random.nextInt(9) + "\"}";
      case 5 -> entry(name, "k" + random.nextInt(300));
      case 6 -> random.nextInt(4) > 0 ? entry : entry.replace("sha256", "sha");
      case 7 -> random.nextInt(4) > 0 ? entry : entry.replace("}", ", \"admin\": 1}");
      case 8 -> random.nextInt(4) > 0 ? entry : entry("${LONG}");
      case 9 -> random.nextInt(4) > 0 ? entry : "7";
      case 10 -> entry.replace("}", ", \"expires\": \"2027-01-31\"}");
      case 11 -> entry.replace("}", ", \"models\": [\"llama*\", \"é\"]}");
      case 12 -> entry.replace(":", " :\n");
      default -> entry.replace("}", ", \"models\": [\"llama*\"], \"priority\": \"batch\"}");
    };
  }

  private static String entry(String name) {
    return entry(name, name);
  }

  private static String entry(String name, String key) {
    return "{\"name\": \""
        + name
        + "\", \"sha256\": \""
        + ApiKey.ofPlain("x", key, false).sha256()
        + "\"}";
  }

  private static String text(List<String> entries) {
    return "{\"ollamaAddresses\": [\"http://localhost:1\"],\n\"apiKeys\": [\n"
        + String.join(",\n", entries)
        + "\n]}";
  }

  private List<ApiKey> reread(List<String> entries) throws ConfigException {
    return read(entries, true).config().apiKeys();
  }

  private Loaded read(List<String> entries, boolean again) throws ConfigException {
    byte[] json = text(entries).getBytes(StandardCharsets.UTF_8);
    return again ? rereading.parse("f", json) : loader.parse("f", json);
  }

  /** All that comes of a reading. */
  private String said(List<String> entries, boolean again) {
    try {
      Loaded loaded = read(entries, again);
      return "keys "
          + loaded.config().apiKeys().stream().map(ApiKeyEntry::text).toList()
          + loaded.warnings();
    } catch (ConfigException e) {
      return "refused " + e.getMessage();
    }
  }
}
