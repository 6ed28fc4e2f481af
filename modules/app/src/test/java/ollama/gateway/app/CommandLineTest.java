package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import ollama.gateway.app.Arguments.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

  private static final Path DEFAULT = Path.of("config.json");

  @Test
  void withoutArgumentsItServesFromTheFileInTheFolder() throws Exception {
    Command expected = new Command.Serve(DEFAULT, Optional.empty(), Command.Demo.NO);
    assertEquals(expected, parse(""));
    assertEquals(expected, parse("serve"));
  }

  @Test
  void optionsComeInAnyOrder() throws Exception {
    Command expected =
        new Command.Serve(Path.of("/a/b.json"), Optional.of(Path.of("k")), Command.Demo.ALWAYS);
    assertEquals(expected, parse("--config /a/b.json --demo --key-file k"));
    assertEquals(expected, parse("serve --key-file k --demo --config /a/b.json"));
  }

  @Test
  void eachCommandHasItsOptions() throws Exception {
    Path file = Path.of("x");
    assertEquals(new Command.Check(DEFAULT), parse("check"));
    assertEquals(new Command.Check(file), parse("check --config x"));
    assertEquals(
        new Command.CheckAgainst(DEFAULT, "http://h:1", Optional.empty()),
        parse("check --against http://h:1/"));
    assertEquals(
        new Command.CheckAgainst(file, "https://h/base", Optional.of(Path.of("k"))),
        parse("check --key-file k --against https://h/base --config x"));
    assertEquals(
        new Command.NewKey(DEFAULT, Optional.empty(), KeySettings.of(false)), parse("key new"));
    assertEquals(
        new Command.NewKey(file, Optional.of("laptop"), KeySettings.of(true)),
        parse("key new --name laptop --admin --config x"));
    assertEquals(new Command.ListKeys(DEFAULT, false), parse("key list"));
    assertEquals(new Command.ListKeys(file, true), parse("key list --config x --json"));
    assertEquals(new Command.ShowKey(DEFAULT, "a", false), parse("key show a"));
    assertEquals(new Command.ShowKey(file, "a", true), parse("key show --json --config x a"));
    assertEquals(new Command.SwitchKey(DEFAULT, "a", false, false), parse("key disable a"));
    assertEquals(
        new Command.SwitchKey(file, "a", false, true), parse("key disable a --force --config x"));
    assertEquals(new Command.SwitchKey(file, "a", true, false), parse("key enable --config x a"));
    assertEquals(new Command.RotateKey(DEFAULT, "a", Optional.empty()), parse("key rotate a"));
    assertEquals(
        new Command.RotateKey(file, "a", Optional.of(Duration.ofHours(24))),
        parse("key rotate a --overlap 24h --config x"));
    assertEquals(new Command.DeleteKey(DEFAULT, "a", false), parse("key delete a"));
    assertEquals(new Command.DeleteKey(file, "a", true), parse("key delete --config x a --force"));
    assertEquals(new Command.Health(DEFAULT, false, 0), parse("health"));
    assertEquals(new Command.Health(file, true, 20), parse("health --ready --wait 20 --config x"));
    assertEquals(
        new Command.Status(DEFAULT, Optional.empty(), Optional.empty(), false), parse("status"));
    Optional<Path> key = Optional.of(Path.of("k"));
    assertEquals(
        new Command.Status(file, Optional.of("http://a:1"), key, true),
        parse("status --config x --url http://a:1/ --key-file k --json"));
    assertEquals(new Command.Top(DEFAULT, Optional.empty(), Optional.empty(), false), parse("top"));
    assertEquals(
        new Command.Top(file, Optional.of("http://a:1"), key, true),
        parse("top --config x --url http://a:1 --key-file k --once"));
    assertEquals(
        new Command.Pull("m", Optional.empty(), DEFAULT, Optional.empty(), Optional.empty()),
        parse("pull m"));
    assertEquals(
        new Command.Pull("m:7b", Optional.of("a,b"), file, Optional.of("http://a:1"), key),
        parse("pull --config x --url http://a:1 m:7b --key-file k --servers a,b"));
  }

  @Test
  void aNewKeyMayBeGivenAllThatAnEntryMayHave() throws Exception {
    Command.NewKey expected =
        new Command.NewKey(
            DEFAULT,
            Optional.of("alice"),
            new KeySettings(
                false,
                Map.of("expires", "90d", "priority", "interactive"),
                Map.of(
                    "models", List.of("llama3*", "qwen3:8b", "phi4"),
                    "endpoints", List.of("inference", "read"),
                    "allowIps", List.of("10.1.0.0/16", "::1")),
                Map.of("maxConcurrentRequests", 4L),
                Map.of(
                    "tokens",
                    Map.of("perMinute", 500_000L, "perDay", 1_000_000L, "perMonth", 2_000_000_000L),
                    "rateLimit",
                    Map.of("maxRequests", 60L, "timeWindowSeconds", 30L))));
    assertEquals(
        expected,
        parse(
            "key new --name alice --expires 90d --models llama3*,qwen3:8b --models phi4"
                + " --endpoints inference,read --priority interactive --max-concurrent-requests 4"
                + " --allow-ips 10.1.0.0/16 --allow-ips ::1 --tokens-per-minute 500k"
                + " --tokens-per-day 1M --tokens-per-month 2G --rate-limit 60/30"));
  }

  @Test
  void theDemoMayDependOnWhetherSomebodyElseIsThere() throws Exception {
    assertEquals(
        new Command.Serve(DEFAULT, Optional.empty(), Command.Demo.IF_ALONE),
        parse("--demo-if-alone"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "--version"})
  void asksForTheVersion(String argument) throws Exception {
    assertEquals(new Command.PrintVersion(), parse(argument));
  }

  @Test
  void everyCommandHasItsHelp() throws Exception {
    for (String ask : new String[] {"help", "--help", "-h"}) {
      assertEquals(new Command.PrintHelp(Help.PROGRAM), parse(ask));
    }
    for (String ask : new String[] {"--help", "-h"}) {
      assertEquals(new Command.PrintHelp(Help.SERVE), parse("serve " + ask));
      assertEquals(new Command.PrintHelp(Help.SERVE), parse("--demo " + ask));
      assertEquals(new Command.PrintHelp(Help.CHECK), parse("check " + ask));
      assertEquals(new Command.PrintHelp(KeyHelp.KEY), parse("key " + ask));
      assertEquals(new Command.PrintHelp(KeyHelp.NEW), parse("key new --admin " + ask));
      assertEquals(new Command.PrintHelp(KeyHelp.LIST), parse("key list " + ask));
      assertEquals(new Command.PrintHelp(KeyHelp.SHOW), parse("key show a " + ask));
      assertEquals(new Command.PrintHelp(KeyHelp.DISABLE), parse("key disable " + ask));
      assertEquals(new Command.PrintHelp(KeyHelp.ENABLE), parse("key enable " + ask));
      assertEquals(new Command.PrintHelp(KeyHelp.ROTATE), parse("key rotate a " + ask));
      assertEquals(new Command.PrintHelp(KeyHelp.DELETE), parse("key delete " + ask));
      assertEquals(new Command.PrintHelp(Help.HEALTH), parse("health " + ask));
      assertEquals(new Command.PrintHelp(Help.STATUS), parse("status " + ask));
      assertEquals(new Command.PrintHelp(Help.TOP), parse("top " + ask));
      assertEquals(new Command.PrintHelp(Help.PULL), parse("pull " + ask));
      assertEquals(new Command.PrintHelp(Help.VERSION), parse("version " + ask));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--confg x,        unknown argument: --confg",
    "run,              unknown argument: run",
    "--config,         --config needs a path",
    "--key-file,       --key-file needs a path",
    "--demo serve,     the command serve goes before its options",
    "check --demo,     unknown argument: --demo",
    "check --ready,    unknown argument: --ready",
    "check x,          unknown argument: x",
    "check --key-file k, --key-file is for asking a running gateway: add --against URL",
    "check --against h:1, '--against needs a URL, such as http://127.0.0.1:8080, but got h:1'",
    "key,              'the command key needs what to do: new, list, show, disable, enable, rotate"
        + " or delete'",
    "key old,          unknown argument: key old",
    "key new --name,   --name needs a name",
    "key new --ready,  unknown argument: --ready",
    "key new alice,    unknown argument: alice",
    "key new --expires 90x, '--expires needs a duration up to 100 years, such as 24h, 90d or 12w,"
        + " or a day such as 2027-06-30, but got 90x'",
    "key new --tokens-per-day 1T, '--tokens-per-day needs a whole number, such as 500, 500k, 1M or"
        + " 2G, but got 1T'",
    "key new --tokens-per-day -1, '--tokens-per-day needs a whole number, such as 500, 500k, 1M or"
        + " 2G, but got -1'",
    "key new --rate-limit 60, '--rate-limit needs requests and seconds, such as 60/60, but got 60'",
    "'key new --models a,,b', '--models needs names or patterns with one comma between them, but"
        + " got a,,b'",
    "key new --tokens-per-day 0, '--tokens-per-day needs a number from 1 on, but got 0: that would"
        + " be no limit; for none, leave the option out'",
    "key new --tokens-per-month 0M, '--tokens-per-month needs a number from 1 on, but got 0M: that"
        + " would be no limit; for none, leave the option out'",
    "key new --max-concurrent-requests 0, '--max-concurrent-requests needs a number from 1 on, but"
        + " got 0: that would be no limit; for none, leave the option out'",
    "key new --rate-limit 0/60, '--rate-limit needs at least 1 request in at least 1 second, but"
        + " got 0/60: for no limit of its own, leave the option out'",
    "key new --rate-limit 60/0, '--rate-limit needs at least 1 request in at least 1 second, but"
        + " got 60/0: for no limit of its own, leave the option out'",
    "key new --name a --name b, '--name is there twice, the second time with b: write it once'",
    "key new --expires 9d --expires 9d, '--expires is there twice, the second time with 9d: write"
        + " it once'",
    "key new --tokens-per-day 1 --tokens-per-day 2, '--tokens-per-day is there twice, the second"
        + " time with 2: write it once'",
    "key new --rate-limit 1/1 --rate-limit 2/1, '--rate-limit is there twice, the second time with"
        + " 2/1: write it once'",
    "key rotate a --overlap 1h --overlap 2h, '--overlap is there twice, the second time with 2h:"
        + " write it once'",
    "key list --config a --config b, '--config is there twice, the second time with b: write it"
        + " once'",
    "usage --key a --key b, '--key is there twice, the second time with b: write it once'",
    "usage --csv --json, '--csv and --json exclude each other: write one of them'",
    "usage --json --since 3d --csv, '--csv and --json exclude each other: write one of them'",
    "key list x,       unknown argument: x",
    "key show,         'key show needs the key''s name, as `key list` shows it'",
    "key show a b,     unknown argument: b",
    "key enable a --force, unknown argument: --force",
    "key rotate a --overlap 0h, '--overlap needs a duration up to 100 years, such as 45m, 24h, 7d"
        + " or 2w, but got 0h'",
    "key delete,       'key delete needs the key''s name, as `key list` shows it'",
    "health --wait,    --wait needs a number of seconds",
    "health --wait x,  --wait needs whole seconds up to 99999 but got x",
    "health --admin,   unknown argument: --admin",
    "status --once,    unknown argument: --once",
    "top --url x, '--url needs a URL, such as http://127.0.0.1:8080, but got x'",
    "pull,             'pull needs the name of a model, such as llama3.2'",
    "pull a b,         unknown argument: b",
    "pull a --servers, '--servers needs names with commas between them, or all'",
    "version --config, unknown argument: --config",
  })
  void whatCannotBeUnderstoodIsToldWithAWayOn(String arguments, String message) {
    UsageException e = assertThrows(UsageException.class, () -> parse(arguments));
    assertEquals(message + "; `ollama-gateway --help` shows what there is", e.getMessage());
  }

  @Test
  void anEmptyPathIsNone() {
    assertThrows(UsageException.class, () -> CommandLine.parse("--config", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "serve,   --config --key-file --demo --demo-if-alone SIGHUP Examples",
    "check,   --config --against --key-file OLLAMA_GATEWAY_KEY Examples",
    "key new, --config --name --admin --expires --models --endpoints --priority"
        + " --max-concurrent-requests --allow-ips --tokens-per-minute --tokens-per-day"
        + " --tokens-per-month --rate-limit Examples",
    "key list, --config --json Examples",
    "key show, NAME --config --json Examples",
    "key disable, NAME --config --force Example",
    "key enable, NAME --config Example",
    "key rotate, NAME --config --overlap Examples",
    "key delete, NAME --config --force Example",
    "health,  --config --ready --wait Examples",
    "status,  --config --url --key-file --json OLLAMA_GATEWAY_KEY Examples",
    "top,     --config --url --key-file --once OLLAMA_GATEWAY_KEY Example",
    "pull,    --servers --config --url --key-file OLLAMA_GATEWAY_KEY Examples",
    "version, Example",
  })
  void theHelpNamesEveryOptionAndGivesExamples(String command, String words) throws Exception {
    Command.PrintHelp help = (Command.PrintHelp) parse(command + " --help");
    for (String word : words.split(" ", -1)) {
      assertTrue(help.text().contains(word), word);
    }
    String page = command.startsWith("key ") ? KeyHelp.KEY : Help.PROGRAM;
    assertTrue(page.contains("\n  " + command + " "), command);
    assertTrue(help.text().lines().noneMatch(line -> line.length() > 100), command);
  }

  private static Command parse(String arguments) throws UsageException {
    return CommandLine.parse(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));
  }
}
