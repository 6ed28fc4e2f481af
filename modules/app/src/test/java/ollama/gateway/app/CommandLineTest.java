package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import ollama.gateway.app.CommandLine.Action;
import ollama.gateway.app.CommandLine.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {

  private static final Path DEFAULT = Path.of("config.json");

  @Test
  void withoutArgumentsItServesFromTheFileInTheFolder() throws Exception {
    CommandLine expected = new CommandLine(Action.SERVE, DEFAULT, Optional.empty(), false);
    assertEquals(expected, CommandLine.parse());
    assertEquals(expected, CommandLine.parse("serve"));
  }

  @Test
  void optionsComeInAnyOrder() throws Exception {
    CommandLine expected =
        new CommandLine(Action.SERVE, Path.of("/a/b.json"), Optional.of(Path.of("k")), true);
    assertEquals(expected, CommandLine.parse("--config", "/a/b.json", "--demo", "--key-file", "k"));
    assertEquals(
        expected, CommandLine.parse("serve", "--key-file", "k", "--demo", "--config", "/a/b.json"));
  }

  @ParameterizedTest
  @CsvSource({
    "version, VERSION",
    "--version, VERSION",
    "help, HELP",
    "--help, HELP",
    "-h, HELP",
  })
  void asksForVersionAndHelp(String argument, Action action) throws Exception {
    assertEquals(action, CommandLine.parse(argument).action());
  }

  @ParameterizedTest
  @CsvSource({
    "--confg x,       unknown argument: --confg",
    "run,             unknown argument: run",
    "--config,        --config needs a path",
    "--key-file,      --key-file needs a path",
    "--demo serve,    the command serve goes before its options",
  })
  void whatCannotBeUnderstoodIsToldWithAWayOn(String arguments, String message) {
    String[] each = arguments.split(" ", -1);
    UsageException e = assertThrows(UsageException.class, () -> CommandLine.parse(each));
    assertEquals(message + "; `ollama-gateway --help` shows what there is", e.getMessage());
  }

  @Test
  void anEmptyPathIsNone() {
    assertThrows(UsageException.class, () -> CommandLine.parse("--config", ""));
  }

  @Test
  void theHelpNamesEveryOption() {
    for (String name :
        new String[] {"--config", "--demo", "--key-file", "version", "--help", "SIGHUP"}) {
      assertTrue(CommandLine.HELP.contains(name), name);
    }
  }
}
