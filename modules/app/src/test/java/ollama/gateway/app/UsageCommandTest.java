package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import ollama.gateway.config.ApiKey;
import ollama.gateway.usage.Bounds;
import ollama.gateway.usage.Ledger;
import ollama.gateway.usage.TokenCounts;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of what a gateway has written down. */
class UsageCommandTest {

  private static final Instant NOW = Instant.parse("2026-11-26T10:20:30Z");
  private static final String ALICE = ApiKey.ofPlain("alice", "alice", false).sha256();
  private static final String GONE = ApiKey.ofPlain("gone", "gone", false).sha256();

  private @TempDir Path folder = Path.of("");
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Instant now = Instant.parse("2026-11-20T10:20:30Z");

  @BeforeEach
  void use() throws IOException {
    settings("state");
    InstantSource clock = () -> now;
    try (Ledger ledger =
        Ledger.open(folder.resolve("state"), Bounds.DEFAULT, clock, new LedgerLog())) {
      ledger.record(GONE, "m:latest", new TokenCounts(1, 0, 2), true);
      now = NOW;
      ledger.record(ALICE, "m:latest", new TokenCounts(30, 10, 40), false);
      ledger.record(ALICE, "m:latest", new TokenCounts(3, 0, 4), false);
    }
  }

  private void use(String key) throws IOException {
    try (Ledger ledger =
        Ledger.open(folder.resolve("state"), Bounds.DEFAULT, () -> now, new LedgerLog())) {
      ledger.record(key, "m:latest", new TokenCounts(5, 0, 6), false);
    }
  }

  private void settings(String stateDirectory) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {
          "ollamaAddresses": ["http://localhost:11434"],
          "stateDirectory": "%s",
          "apiKeys": [{"name": "alice", "sha256": "%s"}]
        }
        """
            .formatted(stateDirectory, ALICE));
  }

  @Test
  void aTableHasEachRowAndTheSum() {
    assertEquals(0, run(""), this::said);
    assertEquals(
        List.of(
            "DAY         KEY           MODEL     REQUESTS  PROMPT  CACHED  COMPLETION  ESTIMATED",
            "2026-11-20  "
                + GONE.substring(0, 12)
                + "  m:latest  1         1       0       2           1",
            "2026-11-26  alice         m:latest  2         33      10      44          0",
            "all                                 3         34      10      46          1"),
        text(out).lines().toList());
  }

  @ParameterizedTest
  @CsvSource({
    "--csv --key alice, 1",
    "--csv --since 2026-11-21, 1",
    "--csv --since 3d, 1",
    "--csv --since 12w, 2",
    "--csv --since 2026-11-27, 0",
    "--csv, 2"
  })
  void oneKeyOrTheDaysFromOneOnAreTold(String options, int rows) {
    assertEquals(0, run(options), this::said);
    List<String> lines = text(out).lines().toList();
    assertEquals(rows + 1, lines.size(), text(out));
    assertTrue(lines.getFirst().startsWith("day,key,id,model,"), text(out));
  }

  @Test
  void aProgramGetsObjects() {
    assertEquals(0, run("--json --key " + ALICE.substring(0, 6)), this::said);
    assertEquals(
        "[{\"day\":\"2026-11-26\",\"key\":\"alice\",\"id\":\""
            + ALICE.substring(0, 12)
            + "\",\"model\":\"m:latest\",\"requests\":2,\"estimated\":0,\"promptTokens\":33,"
            + "\"cachedTokens\":10,\"completionTokens\":44}]\n",
        text(out));
  }

  @Test
  void aKeyThatIsInTheSettingsNoMoreIsFoundByItsDigest() throws IOException {
    for (int digits : new int[] {6, 12, 64}) {
      assertEquals(0, run("--csv --key " + GONE.substring(0, digits)), this::said);
      List<String> lines = text(out).lines().toList();
      assertEquals(2, lines.size(), text(out));
      assertTrue(lines.getLast().contains("," + GONE.substring(0, 12) + ",m:latest,"), this::said);
    }
    assertEquals(2, run("--key " + GONE.substring(0, 5)));
    assertTrue(text(err).contains("there is no key " + GONE.substring(0, 5)), this::said);
    assertEquals(2, run("--key 000000000000"));
    assertTrue(
        text(err)
            .contains(
                "there is no key 000000000000: the file has alice; instead of a name, 6 or more"
                    + " digits of the digest will do"),
        this::said);
  }

  @Test
  void aDigestThatBeginsAsSeveralDoIsNotEnough() throws IOException {
    String like = ALICE.substring(0, 12) + "0".repeat(52);
    use(like);
    assertEquals(2, run("--key " + ALICE.substring(0, 12)));
    assertTrue(
        text(err)
            .contains(
                "several keys have a digest that begins with "
                    + ALICE.substring(0, 12)
                    + ": alice ("
                    + ALICE.substring(0, 12)
                    + "), "
                    + ALICE.substring(0, 12)
                    + " (no more in the file); write more digits, or the name"),
        this::said);
    assertEquals(0, run("--json --key " + like), this::said);
    assertTrue(text(out).contains("\"requests\":1,"), this::said);
    assertEquals(0, run("--json --key alice"), this::said);
    assertTrue(text(out).contains("\"requests\":2,"), this::said);
  }

  @Test
  void whatCannotBeToldIsSaid() throws IOException {
    assertEquals(2, run("--key nobody"));
    assertTrue(text(err).contains("there is no key nobody"), this::said);
    assertEquals(2, run("--since yesterday"));
    assertTrue(text(err).contains("--since needs a day such as 2027-01-31"), this::said);
    settings("nowhere");
    assertEquals(1, run(""));
    assertTrue(text(err).contains("there is no folder "), this::said);
    settings("state");
    Files.writeString(folder.resolve("state/usage.journal"), "something else");
    assertEquals(1, run(""));
    assertTrue(text(err).contains("what keys used can't be read: "), this::said);
  }

  @Test
  void whereGatewaysShareItIsSaidThatThisIsOfOne() throws IOException {
    assertEquals(0, run("--json"), this::said);
    assertEquals("", text(err));
    Path file = folder.resolve("config.json");
    String shared = "{\"shared\": {\"url\": \"valkey://localhost:6379\"},";
    Files.writeString(file, Files.readString(file).replaceFirst("\\{", shared));

    assertEquals(0, run("--json"), this::said);
    assertTrue(text(out).contains("\"requests\":2,"), this::said);
    assertTrue(text(err).startsWith("this is of one gateway, "), this::said);
    assertTrue(text(err).contains("GET /gateway/usage"), this::said);
  }

  @Test
  void beforeAnythingWasUsedThereIsNothing() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    settings(empty.toString());
    assertEquals(0, run("--json"), this::said);
    assertEquals("[]\n", text(out));
  }

  private int run(String options) {
    out.reset();
    err.reset();
    String[] words =
        ("usage --config " + folder.resolve("config.json") + " " + options).strip().split(" ", -1);
    try {
      Command.Usage asked = (Command.Usage) CommandLine.parse(words);
      return UsageCommand.run(
          asked, Map.of(), InstantSource.fixed(NOW), new PrintStream(out), new PrintStream(err));
    } catch (Arguments.UsageException e) {
      throw new AssertionError(e);
    }
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }

  private String said() {
    return text(out) + text(err);
  }
}
