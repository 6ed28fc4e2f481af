package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import ollama.gateway.app.CommandLine.UsageException;
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
    assertEquals(new Command.NewKey(DEFAULT, Optional.empty(), false), parse("key new"));
    assertEquals(
        new Command.NewKey(file, Optional.of("laptop"), true),
        parse("key new --name laptop --admin --config x"));
    assertEquals(new Command.Health(DEFAULT, false, 0), parse("health"));
    assertEquals(new Command.Health(file, true, 20), parse("health --ready --wait 20 --config x"));
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
      assertEquals(new Command.PrintHelp(Help.KEY), parse("key " + ask));
      assertEquals(new Command.PrintHelp(Help.KEY), parse("key new --admin " + ask));
      assertEquals(new Command.PrintHelp(Help.HEALTH), parse("health " + ask));
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
    "key,              the command key needs what to do: new",
    "key old,          unknown argument: key old",
    "key new --name,   --name needs a name",
    "key new --ready,  unknown argument: --ready",
    "health --wait,    --wait needs a number of seconds",
    "health --wait x,  --wait needs whole seconds up to 99999 but got x",
    "health --admin,   unknown argument: --admin",
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
    "check,   --config Examples",
    "key new, --config --name --admin Examples",
    "health,  --config --ready --wait Examples",
    "version, Example",
  })
  void theHelpNamesEveryOptionAndGivesExamples(String command, String words) throws Exception {
    Command.PrintHelp help = (Command.PrintHelp) parse(command + " --help");
    for (String word : words.split(" ", -1)) {
      assertTrue(help.text().contains(word), word);
    }
    assertTrue(Help.PROGRAM.contains("\n  " + command + " "), command);
    assertTrue(help.text().lines().noneMatch(line -> line.length() > 100), command);
  }

  private static Command parse(String arguments) throws UsageException {
    return CommandLine.parse(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));
  }
}
