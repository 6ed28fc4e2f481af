package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.ConfigWriter;

/** {@code key new}: a key for somebody, its digest in the settings file. */
final class NewKeyCommand {

  private NewKeyCommand() {}

  /**
   * Makes the key and prints it alone to {@code out}, so that a script can keep it; what to do with
   * it goes to {@code err}.
   *
   * @param environment what {@code ${NAME}} in the file stands for
   * @return the exit status
   */
  static int run(
      Command.NewKey asked, Map<String, String> environment, PrintStream out, PrintStream err) {
    Path file = asked.config();
    try {
      // Read as the gateway will: a key in a file that can't be used would help nobody.
      List<ApiKey> keys = new ConfigLoader(environment).load(file).config().apiKeys();
      Optional<String> wanted = asked.name();
      if (wanted.isPresent() && keys.stream().anyMatch(k -> k.name().equals(wanted.get()))) {
        err.println(file + " has a key named " + wanted.get() + " already: choose another --name");
        return ExitStatus.WRONG_INPUT;
      }
      String key = new KeyMint().mint();
      AtomicReference<String> name = new AtomicReference<>("");
      new ConfigWriter()
          .appendApiKey(
              file,
              taken -> {
                name.set(wanted.orElseGet(() -> KeyMint.freeName(taken, keys)));
                return ApiKey.ofPlain(name.get(), key, asked.admin());
              });
      out.println(key);
      out.flush();
      err.println(
          "This key was added to "
              + file
              + " as "
              + name.get()
              + (asked.admin() ? ", an admin" : "")
              + "; only its digest is stored. A running gateway lets it in after a reload"
              + " (SIGHUP).");
      return ExitStatus.DONE;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    } catch (IllegalArgumentException e) {
      err.println("--name " + asked.name().orElse("") + ": " + e.getMessage());
      return ExitStatus.WRONG_INPUT;
    } catch (IOException e) {
      err.println("no key was made: " + e.getMessage());
      return ExitStatus.FAILED;
    }
  }
}
