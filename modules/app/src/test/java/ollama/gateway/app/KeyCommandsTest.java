package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import ollama.gateway.auth.KeyRing;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands for keys do to a settings file, print and return. */
class KeyCommandsTest {

  private static final Instant NOW = Instant.parse("2026-11-26T10:20:30.987654Z");
  private static final Map<String, String> ENVIRONMENT = Map.of("FROM_OUTSIDE", "sekret-outside");
  private static final String OPS = entry("ops", "sekret-ops", ", \"admin\": true");
  private static final String ALICE = entry("alice", "sekret-alice", "");

  private @TempDir Path folder = Path.of("");
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void aNewKeyGetsWhatItIsGiven() throws Exception {
    write("[]");
    String asked =
        "new --name alice --expires 90d --models llama3*,qwen3:8b --endpoints inference,read"
            + " --priority interactive --max-concurrent-requests 4 --allow-ips 10.1.0.0/16,::1"
            + " --tokens-per-day 1M --tokens-per-minute 500k --rate-limit 60/30";
    assertEquals(0, run(asked), this::said);
    String key = text(out).strip();
    assertEquals(
        "[{\"name\": \"alice\", \"sha256\": \""
            + digest(key)
            + "\", \"expires\": \"2027-02-24T10:20:30Z\", \"models\": [\"llama3*\", \"qwen3:8b\"],"
            + " \"endpoints\": [\"inference\", \"read\"], \"priority\": \"interactive\","
            + " \"maxConcurrentRequests\": 4, \"tokens\": {\"perDay\": 1000000, \"perMinute\":"
            + " 500000}, \"rateLimit\": {\"maxRequests\": 60, \"timeWindowSeconds\": 30},"
            + " \"allowIps\": [\"10.1.0.0/16\", \"::1\"]}]",
        list());
    assertEquals(
        "This key was added to "
            + file()
            + " as alice; only its digest is stored, and a running gateway heeds it within a"
            + " second.\n",
        text(err));
  }

  @Test
  void aNewKeyThatIsGivenNothingSaysWhatItMay() throws Exception {
    write("[]");
    assertEquals(0, run("new --name alice"), this::said);
    String alice = entry("alice", text(out).strip(), ", \"endpoints\": [\"inference\", \"read\"]");
    assertEquals("[" + alice + "]", list());
    assertEquals(List.of(), new KeyRing(keys()).limitedByDefault());
    out.reset();
    assertEquals(0, run("new --name ops --admin"), this::said);
    String ops = entry("ops", text(out).strip(), ", \"admin\": true");
    assertEquals("[" + alice + ", " + ops + "]", list());
  }

  @Test
  void whereNobodyWatchesTheFileAReloadIsAskedFor() throws Exception {
    write("[], \"watchConfig\": false");
    assertEquals(0, run("new"), this::said);
    assertTrue(text(err).contains("after a reload (SIGHUP), since watchConfig is false"), said());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--endpoints inferrence   | apiKeys[1].endpoints[0]: expected ",
        "--priority urgent        | apiKeys[1].priority: expected ",
        "--models a//b            | apiKeys[1].models[0]: ",
        "--allow-ips 10.0.0.0/99  | apiKeys[1].allowIps[0]: ",
        "--expires tomorrow       | apiKeys[1].expires: expected a day such as ",
        "--max-concurrent-requests 2G | apiKeys[1].maxConcurrentRequests: expected ",
      })
  void whatTheReaderWouldRefuseIsRefusedInItsWords(String options, String words) throws Exception {
    write("[\"sekret\"]");
    String before = Files.readString(file());
    assertEquals(2, run("new --name a " + options));
    assertTrue(text(err).contains(words), said());
    assertTrue(text(err).endsWith("no key was made; " + file() + " is as it was\n"), said());
    assertEquals("", text(out));
    assertEquals(before, Files.readString(file()));
  }

  @Test
  void aKeyThatHasExpiredWhenItIsMadeIsTold() throws Exception {
    write("[]");
    assertEquals(0, run("new --expires 2026-11-26"));
    assertTrue(text(err).contains("warning: this key isn't let in, it has expired: "), said());
  }

  @Test
  void theListTellsAllOfEachKeyButTheKey() throws Exception {
    write(
        "[\"sekret-1\", \"${FROM_OUTSIDE}\", "
            + OPS
            + ", "
            + entry("off", "o", ", \"disabled\": true, \"expires\": \"2020-01-01\"")
            + ", "
            + entry("gone", "g", ", \"expires\": \"2026-11-26T10:20:30Z\"")
            + ", "
            + entry(
                "alice",
                "sekret-alice",
                ", \"models\": [\"llama3*\", \"qwen3:8b\"], \"priority\": \"batch\","
                    + " \"maxConcurrentRequests\": 2,"
                    + " \"rateLimit\": {\"maxRequests\": 9}, \"tokens\": {\"perDay\": 1500000,"
                    + " \"perMonth\": 3000000000}, \"allowIps\": [\"10.1.0.0/16\"],"
                    + " \"options\": {\"num_ctx\": {\"max\": 8192}, \"think\": false,"
                    + " \"reload\": false},"
                    + " \"expires\": \"2027-06-30\"")
            + "]");
    assertEquals(0, run("list"), this::said);
    List<String> lines = text(out).lines().toList();
    assertEquals(
        "NAME   DIGEST        ADMIN  STATE     EXPIRES               LIMITS", lines.get(0));
    assertEquals(
        row("key-1", "sekret-1", "no     active    never                 -"), lines.get(1));
    assertEquals(
        row("key-2", "sekret-outside", "no     active    never                 -"), lines.get(2));
    assertEquals(
        row("ops", "sekret-ops", "yes    active    never                 -"), lines.get(3));
    assertEquals(
        row("off", "o", "no     disabled  2020-01-01            inference+read"), lines.get(4));
    assertEquals(
        row("gone", "g", "no     expired   2026-11-26T10:20:30Z  inference+read"), lines.get(5));
    assertEquals(
        row(
            "alice",
            "sekret-alice",
            "no     active    2027-06-30            models llama3*,qwen3:8b; inference+read; batch;"
                + " 2 at once; 9 requests/60s; tokens 1500k/day, 3G/month;"
                + " options num_ctx,think,reload; from 10.1.0.0/16"),
        lines.get(6));
    assertFalse(text(out).contains("sekret"), said());

    out.reset();
    assertEquals(0, run("list --json"));
    String json = text(out);
    assertTrue(json.startsWith("[\n  {\"name\":\"key-1\",\"digest\":\"" + shown("sekret-1")), json);
    assertTrue(
        json.contains(
            "{\"name\":\"ops\",\"digest\":\""
                + shown("sekret-ops")
                + "\",\"admin\":true,\"state\":\"active\",\"expires\":null,\"models\":[],"
                + "\"endpoints\":[\"inference\",\"read\",\"manage\",\"account\",\"cloud\"],"
                + "\"priority\":\"normal\",\"maxConcurrentRequests\":0,"
                + "\"rateLimit\":{\"maxRequests\":0,\"timeWindowSeconds\":60},"
                + "\"tokens\":{\"perMinute\":0,\"perDay\":0,\"perMonth\":0},\"options\":{},"
                + "\"allowIps\":[],"
                + "\"plain\":false,\"certificate\":\"\"}"),
        json);
    String options = "{\"num_ctx\":{\"max\":8192},\"think\":false,\"reload\":false}";
    assertTrue(json.contains("\"options\":" + options + ",\"allowIps\""), json);
    assertFalse(json.contains("sekret"), json);
  }

  @Test
  void aFileWithoutKeysHasAnEmptyList() throws Exception {
    write("null");
    assertEquals(0, run("list --json"));
    assertEquals("[]\n", text(out));
  }

  @Test
  void allOfOneKeyIsShownButTheKey() throws Exception {
    write("[\"sekret\", " + entry("alice", "sekret-alice", ", \"models\": [\"a*\"]") + "]");
    assertEquals(0, run("show alice"), this::said);
    assertEquals(
        """
        name                    alice
        sha256                  %s
        state                   active
        admin                   false
        disabled                false
        expires                 never
        models                  a*
        endpoints               inference, read (by default)
        priority                normal
        maxConcurrentRequests   no limit
        rateLimit               as the general one
        tokens                  no limit
        options                 no limit
        allowIps                all
        in the file             its digest
        """
            .formatted(digest("sekret-alice")),
        text(out));
    out.reset();
    assertEquals(0, run("show key-1"));
    assertTrue(text(out).contains("in the file             the key itself\n"), said());
    assertTrue(text(out).contains("inference, read, manage, account, cloud\n"), said());
    assertFalse(text(out).contains("sekret"), said());
    assertEquals(0, run("show --json alice"));
    assertTrue(text(out).contains("{\"name\":\"alice\",\"digest\":"), said());
  }

  @Test
  void whatRequestsMayAskOfAModelIsShown() throws Exception {
    String options = "{\"num_ctx\":{\"max\":8192},\"keep_alive\":\"5m\",\"reload\":false}";
    write("[" + entry("alice", "sekret-alice", ", \"options\": " + options) + "]");
    assertEquals(0, run("show alice"), this::said);
    assertTrue(text(out).contains("\noptions                 " + options + "\n"), said());
    out.reset();
    assertEquals(0, run("show alice --json"), this::said);
    assertTrue(text(out).contains(",\"options\":" + options + ","), said());
  }

  @Test
  void aKeyIsFoundByHowItsDigestBeginsAlso() throws Exception {
    write("[\"sekret\", " + ALICE + "]");
    String digest = digest("sekret-alice");
    for (String name : List.of(digest.substring(0, 6), digest.toUpperCase(java.util.Locale.ROOT))) {
      out.reset();
      assertEquals(0, run("show " + name), this::said);
      assertTrue(text(out).startsWith("name                    alice\n"), said());
    }
    assertEquals(2, run("show " + digest.substring(0, 5)));
    assertEquals(
        file()
            + ": there is no key "
            + digest.substring(0, 5)
            + ": the file has key-1, alice; instead of a name, 6 or more digits of the digest will"
            + " do\n",
        text(err));
  }

  @Test
  void aDigestThatBeginsAsSeveralDoIsNotEnough() throws Exception {
    String digits = "0123456789abcdef".repeat(4);
    String one = "{\"name\": \"one\", \"sha256\": \"" + digits + "\"}";
    String two = "{\"name\": \"two\", \"sha256\": \"" + digits.replace("f", "e") + "\"}";
    write("[" + one + ", " + two + "]");
    assertEquals(2, run("delete 0123456789"));
    assertTrue(
        text(err)
            .contains(
                "several keys have a digest that begins with 0123456789: one (0123456789ab), two"
                    + " (0123456789ab); write more digits, or the name"),
        said());
    assertEquals(0, run("delete " + digits.substring(0, 16)), this::said);
    assertEquals("[" + two + "]", list());
  }

  @ParameterizedTest
  @ValueSource(strings = {"disable", "delete", "rotate", "enable", "show"})
  void aNameThatNobodyHasChangesNothing(String command) throws Exception {
    write("[" + OPS + "]");
    assertEquals(2, run(command + " nobody"));
    assertTrue(
        text(err).startsWith(file() + ": there is no key nobody: the file has ops; "), said());
    assertEquals("", text(out));
    assertEquals("[" + OPS + "]", list());
  }

  @Test
  void aKeyIsDisabledAndEnabled() throws Exception {
    write("[" + OPS + ", " + ALICE + "]");
    assertEquals(0, run("disable alice"), this::said);
    String label = "alice (" + shown("sekret-alice") + ")";
    assertEquals(label + " was disabled; a running gateway heeds it within a second\n", text(out));
    assertEquals("[" + OPS + ", " + ALICE.replace("}", ", \"disabled\": true}") + "]", list());
    out.reset();
    assertEquals(0, run("disable alice"));
    assertTrue(text(out).startsWith(label + " is disabled already; "), said());
    out.reset();
    assertEquals(0, run("enable alice"));
    assertTrue(text(out).startsWith(label + " was enabled; "), said());
    assertEquals("[" + OPS + ", " + ALICE + "]", list());
    assertEquals("", text(err));
  }

  @Test
  void aKeyInTheClearIsDisabledByItsDigestAndNotPrinted() throws Exception {
    write("[" + OPS + ", \"sekret-plain\", \"${FROM_OUTSIDE}\"]");
    assertEquals(0, run("disable key-2"), this::said);
    assertTrue(
        text(out).contains(" was disabled; its digest stands where the key itself stood; "),
        said());
    assertFalse(said().contains("sekret"), said());
    assertFalse(list().contains("sekret"), list());
    assertTrue(list().endsWith("\"disabled\": true}, \"${FROM_OUTSIDE}\"]"), list());
  }

  @Test
  void aKeyIsDeletedAndWhoIsCalledByItsPlaceThenIsTold() throws Exception {
    write("[" + OPS + ", \"sekret-2\", " + ALICE + ", \"sekret-4\"]");
    assertEquals(0, run("delete key-2"), this::said);
    assertTrue(
        text(out)
            .contains(
                "was deleted, and since keys without a name are called by their"
                    + " position, now key-4 is key-3; "),
        said());
    assertEquals("[" + OPS + ", " + ALICE + ", \"sekret-4\"]", list());
    out.reset();
    assertEquals(0, run("delete alice"), this::said);
    assertTrue(text(out).contains("now key-3 is key-2; "), said());
  }

  @Test
  void aKeyThatMovesToAPlaceWhoseNameIsTakenGetsAnother() throws Exception {
    write("[" + OPS + ", \"sekret-2\", \"sekret-3\", \"sekret-4\"]");
    assertEquals(0, run("disable key-3"), this::said);
    assertEquals(0, run("delete key-2"), this::said);
    assertTrue(text(out).contains("now key-4 is key-3-2; "), said());
    out.reset();
    assertEquals(0, run("delete key-3"), this::said);
    assertTrue(text(out).contains("now key-3-2 is key-2; "), said());
    assertEquals("[" + OPS + ", \"sekret-4\"]", list());
  }

  @Test
  void aKeyThatIsThereTwiceIsDisabledAndDeletedAsAWhole() throws Exception {
    String again = entry("again", "sekret-alice", "");
    write("[" + OPS + ", " + ALICE + ", " + again + "]");
    assertEquals(2, run("rotate alice"));
    assertTrue(text(err).contains("this key is in the list more than once: alice ("), said());
    assertEquals(0, run("disable again"));
    assertEquals(2, list().split("\"disabled\": true", -1).length - 1, list());
    assertEquals(0, run("delete alice"));
    assertEquals("[" + OPS + "]", list());
  }

  @Test
  void theLastAdminIsNotTakenAwayWhereOthersWouldRise() throws Exception {
    write("[" + OPS + ", \"sekret-plain\", " + ALICE + "]");
    assertEquals(2, run("delete ops"));
    assertTrue(
        text(err)
            .contains(
                "no key would be marked admin any more, so every key that may use all endpoints"
                    + " could administer the gateway and make keys: key-2; make another admin first"
                    + " (`key new --admin`), or insist with --force"),
        said());
    assertEquals("[" + OPS + ", \"sekret-plain\", " + ALICE + "]", list());
    assertEquals("", text(out));
    assertEquals(0, run("delete --force ops"), this::said);
    assertEquals("[\"sekret-plain\", " + ALICE + "]", list());
  }

  @Test
  void whoTakesTheLastAdminAwayWhereNobodyRisesIsWarned() throws Exception {
    write("[" + OPS + ", " + ALICE + "]");
    assertEquals(0, run("delete ops"), this::said);
    assertTrue(
        text(err).startsWith("warning: that was the last key that may administer: "), said());
  }

  @Test
  void whoDisablesTheLastAdminIsWarnedThoughNobodyRises() throws Exception {
    write("[" + OPS + ", \"sekret-plain\"]");
    assertEquals(0, run("disable ops"), this::said);
    assertTrue(
        text(err).startsWith("warning: that was the last key that may administer: "), said());
  }

  @Test
  void whoTakesTheLastKeyAwayIsWarned() throws Exception {
    write("[" + OPS + "]");
    assertEquals(0, run("disable ops"), this::said);
    assertEquals(
        "warning: that was the last key that is let in: the gateway refuses everybody\n",
        text(err));
    err.reset();
    assertEquals(0, run("delete ops"), this::said);
    assertTrue(text(err).startsWith("warning: that was the last key: nobody is let in "), said());
    assertEquals("[]", list());
  }

  @Test
  void aRotatedKeyHasTheNameAndAllSettingsAndTheOldOneIsGone() throws Exception {
    String settings = ", \"models\": [ \"llama3*\" ],\t\"priority\":\"batch\"";
    write("[" + OPS + ", " + entry("alice", "sekret-alice", settings) + "]");
    assertEquals(0, run("rotate alice"), this::said);
    String key = text(out).strip();
    assertTrue(key.matches("[A-Za-z0-9_-]{43}"), key);
    assertEquals("[" + OPS + ", " + entry("alice", key, settings) + "]", list());
    assertTrue(text(err).contains("What is counted of a key begins anew."), said());
    assertTrue(text(err).endsWith("The old key isn't let in any more.\n"), said());
  }

  @Test
  void withAnOverlapTheOldKeyStaysForAWhile() throws Exception {
    String settings = ", \"models\": [\"llama3*\"]";
    String other = entry("alice-old", "x", "");
    write("[" + entry("alice", "sekret-alice", settings) + ", " + other + "]");
    assertEquals(0, run("rotate alice --overlap 24h"), this::said);
    String expires = ", \"expires\": \"2026-11-27T10:20:30Z\"";
    assertEquals(
        "["
            + entry("alice", text(out).strip(), settings)
            + ", "
            + other
            + ", "
            + entry("alice-old-2", "sekret-alice", settings + expires)
            + "]",
        list());
    assertTrue(
        text(err).endsWith("The old key is alice-old-2 and expires at 2026-11-27T10:20:30Z.\n"),
        said());
  }

  @Test
  void anOverlapLetsNobodyInForLongerThanBefore() throws Exception {
    String settings = ", \"expires\": \"2026-11-27\"";
    String name = "a".repeat(64);
    write("[" + entry(name, "sekret-alice", settings) + "]");
    assertEquals(0, run("rotate " + name + " --overlap 52w"), this::said);
    String old = "a".repeat(60) + "-old";
    assertTrue(list().endsWith(", " + entry(old, "sekret-alice", settings) + "]"), list());
  }

  @Test
  void aKeyInTheClearIsRotatedToOneThatMayAsMuch() throws Exception {
    write("[\"sekret-1\", \"sekret-2\"]");
    assertEquals(0, run("rotate key-1 --overlap 1h"), this::said);
    String key = text(out).strip();
    List<ApiKey> keys = keys();
    assertEquals(List.of("key-1", "key-2", "key-1-old"), keys.stream().map(ApiKey::name).toList());
    assertEquals(ApiKey.ofText("key-1", key), keys.getFirst());
    assertEquals(digest("sekret-1"), keys.get(2).sha256());
    assertFalse(list().contains("sekret-1"), list());
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "show a", "disable a", "enable a", "rotate a", "delete a", "new"})
  void aBrokenOrMissingFileIsTold(String command) throws Exception {
    assertEquals(2, run(command));
    assertTrue(text(err).startsWith(file() + ": there is no such file"), said());
    Files.writeString(file(), "{");
    err.reset();
    assertEquals(2, run(command));
    assertTrue(text(err).startsWith(file() + ":1:2: "), said());
    assertEquals("{", Files.readString(file()));
    assertEquals("", text(out));
  }

  private int run(String words) throws Exception {
    String line = "key " + words + " --config " + file();
    PrintStream o = print(out);
    PrintStream e = print(err);
    InstantSource clock = InstantSource.fixed(NOW);
    KeyListCommands lister = new KeyListCommands(ENVIRONMENT, clock, o, e);
    KeyChangeCommands changer = new KeyChangeCommands(ENVIRONMENT, clock, o, e);
    return switch (CommandLine.parse(line.split(" ", -1))) {
      case Command.NewKey asked -> NewKeyCommand.run(asked, ENVIRONMENT, clock, o, e);
      case Command.ListKeys asked -> lister.list(asked);
      case Command.ShowKey asked -> lister.show(asked);
      case Command.SwitchKey asked -> changer.change(asked);
      case Command.DeleteKey asked -> changer.delete(asked);
      case Command.RotateKey asked -> RotateKeyCommand.run(asked, ENVIRONMENT, clock, o, e);
      default -> throw new AssertionError(words);
    };
  }

  private static String row(String name, String key, String rest) {
    return name + " ".repeat(7 - name.length()) + shown(key) + "  " + rest;
  }

  private static String entry(String name, String key, String settings) {
    return "{\"name\": \"" + name + "\", \"sha256\": \"" + digest(key) + "\"" + settings + "}";
  }

  private static String digest(String key) {
    return ApiKey.ofPlain("a", key, false).sha256();
  }

  private static String shown(String key) {
    return digest(key).substring(0, 12);
  }

  private void write(String list) throws IOException {
    Files.writeString(
        file(), "{\"ollamaAddresses\": [\"http://localhost:11434\"], \"apiKeys\": " + list + "}");
  }

  /** What stands in the file for the keys. */
  private String list() throws IOException {
    String text = Files.readString(file());
    String start = "{\"ollamaAddresses\": [\"http://localhost:11434\"], \"apiKeys\": ";
    assertTrue(text.startsWith(start), text);
    return text.substring(start.length(), text.length() - 1);
  }

  private List<ApiKey> keys() throws ConfigException {
    return new ConfigLoader(ENVIRONMENT).load(file()).config().apiKeys();
  }

  private Path file() {
    return folder.resolve("config.json");
  }

  private String said() {
    return text(out) + text(err);
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
