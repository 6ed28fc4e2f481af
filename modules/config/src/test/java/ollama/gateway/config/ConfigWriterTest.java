package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigWriterTest {
  private static final ApiKey NEW = ApiKey.ofPlain("new", "secret", false);

  /** What the tests write {@code "new"} for. */
  private static final String ENTRY = "{\"name\": \"new\", \"sha256\": \"" + NEW.sha256() + "\"}";

  private final ConfigWriter writer = new ConfigWriter();

  @TempDir private Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void nameTheFile() {
    file = folder.resolve("config.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"apiKeys\": []}            | {\"apiKeys\": [\"new\"]}",
        "{\"apiKeys\": [ ]}           | {\"apiKeys\": [\"new\" ]}",
        "{\"apiKeys\": null}          | {\"apiKeys\": [\"new\"]}",
        "{\"apiKeys\":null,\"x\":1}   | {\"apiKeys\":[\"new\"],\"x\":1}",
        "{\"apikeys\": [\"a\"]}       | {\"apikeys\": [\"a\", \"new\"]}",
        "{\"APIKEYS\" : [ \"a\" ]}    | {\"APIKEYS\" : [ \"a\", \"new\" ]}",
        "{\"apiKeys\":[\"a\",\"b\"]}  | {\"apiKeys\":[\"a\",\"b\",\"new\"]}",
        "{\"apiKeys\":[\"a\",  {} ]}  | {\"apiKeys\":[\"a\",  {},  \"new\" ]}",
        "{}                           | {\"apiKeys\": [\"new\"]}",
        "{ }                          | {\"apiKeys\": [\"new\"] }",
        "{\"a\": 1}                   | {\"a\": 1, \"apiKeys\": [\"new\"]}",
        "{ \"a\":[ ] }                | { \"a\":[ ], \"apiKeys\": [\"new\"] }",
        "{\"x\":{\"apiKeys\":[]}}     | {\"x\":{\"apiKeys\":[]}, \"apiKeys\": [\"new\"]}",
      })
  void aLineStaysALine(String before, String after) throws Exception {
    assertAppended(before, after);
  }

  @Test
  void aBlockGrowsByALineInItsOwnStyle() throws Exception {
    assertAppended(
        """
        {
            "apiKeys": [
                "a",
                "${B}"
            ],
            "z": 1.50
        }
        """,
        """
        {
            "apiKeys": [
                "a",
                "${B}",
                "new"
            ],
            "z": 1.50
        }
        """);
  }

  @Test
  void anEmptyBlockGetsItsFirstLine() throws Exception {
    assertAppended("{\n  \"apiKeys\": [\n  ]\n}", "{\n  \"apiKeys\": [\n    \"new\"\n  ]\n}");
    assertAppended(
        "{\r\n\t\"apiKeys\": [\r\n\t]\r\n}", "{\r\n\t\"apiKeys\": [\r\n\t\t\"new\"\r\n\t]\r\n}");
    assertAppended("{\n}\n", "{\n  \"apiKeys\": [\"new\"]\n}\n");
  }

  @Test
  void aMissingListIsAddedAtTheEndInTheStyleOfTheFile() throws Exception {
    assertAppended(
        "{\r\n   \"a\": 1,\r\n   \"b\": {\r\n   }\r\n}\r\n",
        "{\r\n   \"a\": 1,\r\n   \"b\": {\r\n   },\r\n   \"apiKeys\": [\"new\"]\r\n}\r\n");
  }

  @Test
  void everyOtherByteStays() throws Exception {
    String before =
        String.join(
            "\r\n\n",
            "\ufeff{ \"logging\" :true,\t\"x\": \"\\u00e9é€😀 ${HOME} $${\",",
            "\"apiKeys\":[\"\\u0061\"],",
            " \"n\":1.0e+01 } ",
            "");

    assertAppended(before, before.replace("[\"\\u0061\"]", "[\"\\u0061\", \"new\"]"));
  }

  @Test
  void theSchemaForEditorsStays() throws Exception {
    String before =
        """
        {
          "$schema": "../${X}/config.schema.json",
          "ollamaAddresses": ["http://localhost:11434"]
        }
        """;

    assertAppended(before, before.replace("11434\"]\n", "11434\"],\n  \"apiKeys\": [\"new\"]\n"));
    assertEquals(1, keys().size());

    assertAppended("{\"$schema\": \"x\"}", "{\"$schema\": \"x\", \"apiKeys\": [\"new\"]}");
  }

  @Test
  void anObjectIsAppendedWithoutTheKey() throws Exception {
    ApiKey key = ApiKey.ofPlain("first \"admin\"", "secret", true);
    Files.writeString(file, "{" + SettingsFile.ADDRESSES + "}");

    writer.appendApiKey(file, key);

    assertEquals(
        "{"
            + SettingsFile.ADDRESSES
            + ", \"apiKeys\": [{\"name\": \"first \\\"admin\\\"\", \"sha256\": \""
            + key.sha256()
            + "\", \"admin\": true}]}",
        Files.readString(file));
    assertEquals(List.of(key), keys());
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "a\"b\\c", "${HOME}", "$${x", "with space"})
  void whatIsAppendedIsReadAgain(String name) throws Exception {
    Files.writeString(file, "{" + SettingsFile.ADDRESSES + "}");
    ApiKey key = ApiKey.ofPlain(name, "secret==", false);
    ApiKey admin = ApiKey.ofPlain("other", "another secret", true);

    writer.appendApiKey(file, key);
    writer.appendApiKey(file, admin);

    assertEquals(List.of(key, admin), keys());
    assertFalse(Files.readString(file).contains("secret"));
  }

  @Test
  void aNameMayDependOnThoseThatAreThere() throws Exception {
    Files.writeString(file, "{\"apiKeys\": [\"a\", {\"name\": \"${B}\"}, \"c\"]}");
    List<Set<String>> names = new ArrayList<>();

    writer.appendApiKey(
        file,
        taken -> {
          names.add(taken);
          return NEW;
        });

    assertEquals(List.of(Set.of("key-1", "${B}", "key-3")), names);
  }

  @Test
  void copiesThatAKilledWriterLeftAreDeletedAndNothingElse() throws Exception {
    Files.writeString(file, "{}");
    List<Path> others =
        List.of(
            Files.createDirectory(folder.resolve(".config.json.1.tmp")),
            Files.createSymbolicLink(folder.resolve(".config.json.2.tmp"), file),
            Files.createFile(folder.resolve(".config.json.3x.tmp")),
            Files.createFile(folder.resolve(".config.json..tmp")),
            Files.createFile(folder.resolve(".config.json.tmp")),
            Files.createFile(folder.resolve(".other.json.4.tmp")),
            Files.createFile(folder.resolve("config.json.5.tmp")));
    Files.createFile(folder.resolve(".config.json.6.tmp"));
    Files.createFile(folder.resolve(".config.json.18446744073709551615.tmp"));

    assertEquals(2, writer.deleteLeftovers(file));

    try (var files = Files.list(folder)) {
      Set<Path> expected = new HashSet<>(others);
      expected.add(file);
      assertEquals(expected, files.collect(Collectors.toSet()));
    }
  }

  @Test
  void anEditByHandInBetweenStays() throws Exception {
    Files.writeString(file, "{\"apiKeys\": [\"a\"]}");
    writer.appendApiKey(file, NEW);
    Files.writeString(file, "{\"apiKeys\": [\"c\"], \"logging\": true}");
    writer.appendApiKey(file, NEW);

    assertEquals(
        "{\"apiKeys\": [\"c\", " + ENTRY + "], \"logging\": true}", Files.readString(file));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``                                    | :1:1: expected one object",
        "[]                                    | :1:1: expected one object",
        "{\"apiKeys\": [}                      | :1:14: ",
        "{\"apiKeys\": [\"a\"],}               | :1:19: ",
        "{\"apiKeys\": \"a\"}                  | :1:13: apiKeys: expected a list",
        "{\"apiKeys\": {}}                     | :1:13: apiKeys: expected a list",
        "{\"apiKeys\": [], \"apikeys\": []}    | :1:17: apiKeys: this is set twice",
        "{\"apiKeys\": [{\"name\": \"new\"}]}   | :1:14: apiKeys[0]: this entry has the name",
      })
  void aFileThatItDoesNotUnderstandStaysAsItIs(String content, String message) throws Exception {
    Files.writeString(file, content);

    ConfigException e = assertThrows(ConfigException.class, () -> writer.appendApiKey(file, NEW));

    assertTrue(e.getMessage().startsWith(file + message), e.getMessage());
    assertEquals(content, Files.readString(file));
    assertOnlyTheFileIsThere();
  }

  @Test
  void aNameIsAppendedOnce() throws Exception {
    String content = "{\"apiKeys\": [\"a\", {\"Name\": \"first\"}]}";
    Files.writeString(file, content);

    for (String name : List.of("first", "key-1")) {
      ApiKey key = ApiKey.ofPlain(name, "secret", false);
      assertThrows(ConfigException.class, () -> writer.appendApiKey(file, key));
    }
    assertEquals(content, Files.readString(file));
  }

  @Test
  void aMissingFileIsNotCreated() {
    assertThrows(ConfigException.class, () -> writer.appendApiKey(file, NEW));
    assertFalse(Files.exists(file));
  }

  @Test
  void theFileStaysWithinItsBound() throws Exception {
    String content = "{}" + " ".repeat(ConfigLoader.FILE_BYTES_MAX - 2);
    Files.writeString(file, content);

    ConfigException e = assertThrows(ConfigException.class, () -> writer.appendApiKey(file, NEW));

    assertTrue(e.getMessage().contains("too large"), e.getMessage());
    assertEquals(content, Files.readString(file));
  }

  @Test
  void threadsTakeTurns() throws Exception {
    Files.writeString(file, "{" + SettingsFile.ADDRESSES + "}");
    List<Callable<ConfigWriter.Written>> tasks = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      ApiKey key = ApiKey.ofPlain("number " + i, "key number " + i, false);
      tasks.add(() -> writer.appendApiKey(file, key));
    }

    try (var threads = Executors.newFixedThreadPool(8)) {
      for (Future<ConfigWriter.Written> written : threads.invokeAll(tasks)) {
        assertEquals(ConfigWriter.Written.REPLACED, written.get());
      }
    }

    assertEquals(40, keys().size());
    assertOnlyTheFileIsThere();
  }

  private void assertAppended(String before, String after) throws Exception {
    Files.writeString(file, before);

    assertEquals(ConfigWriter.Written.REPLACED, writer.appendApiKey(file, NEW));

    assertEquals(after.replace("\"new\"", ENTRY), Files.readString(file));
    assertOnlyTheFileIsThere();
  }

  private List<ApiKey> keys() throws ConfigException {
    return new ConfigLoader(Map.of("HOME", "not this")).load(file).config().apiKeys();
  }

  private void assertOnlyTheFileIsThere() throws IOException {
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }
}
