package ollama.gateway.app;

/** How the commands are used. */
final class Help {

  static final String PROGRAM =
      """
      Usage: ollama-gateway [COMMAND] [OPTION]…

      One address, API keys, limits and metrics for one or more Ollama servers.

        serve      run the gateway; the default
        check      read a settings file and tell everything that is wrong with it
        key new    make an API key
        key …      list, show, disable, enable, rotate and delete keys: `key --help`
        usage      tell who used how many tokens
        health     ask the running gateway how it is
        status     tell what goes on in a running gateway
        top        tell it live
        pull       have a running gateway's servers pull a model
        version    print the version

      `ollama-gateway COMMAND --help` tells more of a command.

      Exit status: 0 done, or stopped as asked; 1 it couldn't be done; 2 the command line or the
      settings are wrong.
      """;

  static final String SERVE =
      """
      Usage: ollama-gateway [serve] [--config PATH] [--demo | --demo-if-alone] [--key-file PATH]

      Runs the gateway until it is told to stop.

        --config PATH    the settings (default ./config.json)
        --demo           serve from a small stand-in Ollama server instead of the configured ones
        --demo-if-alone  do so as long as ollamaAddresses is just http://localhost:11434, as in a
                         new file, and nothing listens there
        --key-file PATH  keep the key that the first start makes here (mode 600), and print
                         examples that use it at each start

      Settings without any key get one at the first start: it is kept in that file, or shown at a
      terminal. Without either none is made; `ollama-gateway key new --admin` makes one.

      Signals: SIGHUP reads the settings anew; SIGTERM and ctrl-C let running answers finish, a
      second one stops at once.

      Exit status: 0 stopped as asked; 1 it couldn't start; 2 the command line or the settings are
      wrong.

      Examples:
        ollama-gateway --config /var/lib/ollama-gateway/config.json
        ollama-gateway --demo --key-file ./key
      """;

  static final String CHECK =
      """
      Usage: ollama-gateway check [--config PATH] [--against URL [--key-file PATH]]

      Reads a settings file as `serve` would, and tells everything that is wrong with it, each with
      its line and column. With --against it also tells which settings a running gateway has
      otherwise, and which of them only a restart changes. That gateway isn't touched.

        --config PATH    the settings (default ./config.json)
        --against URL    a running gateway to compare with, such as http://127.0.0.1:8080
        --key-file PATH  holds an admin key of that gateway; without it, OLLAMA_GATEWAY_KEY of the
                         environment is one

      Of keys the names and the first 12 digits of their digests are compared, of servers' headers
      the names alone.

      Exit status: 0 the settings can be used, perhaps with warnings, and nothing differs; 1 they
      differ; 2 they can't be used, or the command line is wrong; 3 the gateway couldn't be asked.

      Examples:
        ollama-gateway check
        ollama-gateway check --config /var/lib/ollama-gateway/config.json
        ollama-gateway check --against http://127.0.0.1:8080 --key-file ./key
      """;

  static final String USAGE =
      """
      Usage: ollama-gateway usage [--config PATH] [--key NAME] [--since DAY] [--csv | --json]

      Tells who used how many tokens of which model on which day (UTC), as the gateway with these
      settings has written it down, which it does within a second. It need not run.

        --config PATH    the settings (default ./config.json)
        --key NAME       one key alone: its name, or 6 or more digits with which its digest begins,
                         also of a key that is in the settings no more
        --since DAY      from a day on, such as 2027-01-31, or from so long ago, such as 7d
        --csv, --json    for a program, in one of these; a table otherwise

      ESTIMATED counts the requests whose tokens the servers didn't tell, because the client left in
      mid-stream for example. Of a key that is in the settings no more, the digest begins as shown.

      Exit status: 0 done; 1 it can't be read; 2 the command line or the settings are wrong.

      Examples:
        ollama-gateway usage --since 30d
        ollama-gateway usage --key alice --csv > alice.csv
      """;

  static final String HEALTH =
      """
      Usage: ollama-gateway health [--config PATH] [--ready] [--wait SECONDS]

      Asks the gateway that runs on this machine with these settings how it is.

        --config PATH    the settings that it was started with (default ./config.json)
        --ready          ask whether to send requests: a server is there, and it isn't stopping
        --wait SECONDS   ask again for so long until it is well (default 0)

      Exit status: 0 it is well; 1 it isn't; 2 the command line or the settings are wrong.

      Examples:
        ollama-gateway health
        ollama-gateway health --ready --wait 30 --config /var/lib/ollama-gateway/config.json
      """;

  static final String STATUS =
      """
      Usage: ollama-gateway status [--config PATH | --url URL] [--key-file PATH] [--json]

      Tells on one screen what goes on in a running gateway: its servers with the models in their
      memory, requests, and who waits for longest.

        --config PATH    the settings that it was started with on this machine (default
                         ./config.json)
        --url URL        where it is instead, such as https://ollama.example.com
        --key-file PATH  holds an admin key of that gateway; without it, OLLAMA_GATEWAY_KEY of the
                         environment is one
        --json           for a program

      Exit status: 0 every server is up; 1 one isn't, or is drained or left out; 2 the command line,
      the settings or the key's file are wrong; 3 the gateway couldn't be asked.

      Examples:
        ollama-gateway status --key-file ./key
        ollama-gateway status --url https://ollama.example.com --json
      """;

  static final String TOP =
      """
      Usage: ollama-gateway top [--config PATH | --url URL] [--key-file PATH] [--once]

      Tells each second what goes on in a running gateway, as `status` does, with requests and
      tokens a second, until ctrl-C.

        --config PATH    the settings that it was started with on this machine (default
                         ./config.json)
        --url URL        where it is instead, such as https://ollama.example.com
        --key-file PATH  holds an admin key of that gateway; without it, OLLAMA_GATEWAY_KEY of the
                         environment is one
        --once           once, after a second; so also where standard output is no terminal

      Exit status: 0 done; 2 the command line, the settings or the key's file are wrong; 3 the
      gateway couldn't be asked.

      Example:
        ollama-gateway top --key-file ./key
      """;

  static final String PULL =
      """
      Usage: ollama-gateway pull MODEL [--servers NAMES] [--config PATH | --url URL]
                                 [--key-file PATH]

      Has the servers of a running gateway pull a model, and shows how each gets on, until all have
      it. Ctrl-C ends it on all of them; what is loaded stays there for the next time.

        --servers NAMES  all, or servers' names with commas between them, as `status` shows them;
                         without it one server, which the gateway chooses
        --config PATH    the settings that it was started with on this machine (default
                         ./config.json)
        --url URL        where it is instead, such as https://ollama.example.com
        --key-file PATH  holds a key of that gateway, an admin's or one whose endpoints have manage;
                         without it, OLLAMA_GATEWAY_KEY of the environment is one

      A terminal shows bars, as wide as COLUMNS or 80; anything else gets a line for each step of
      each server, no more than one a second.

      Exit status: 0 all have it; 1 a server failed; 2 the command line, a name in it, the settings
      or the key's file are wrong; 3 the gateway couldn't be asked, or doesn't take the key.

      Examples:
        ollama-gateway pull llama3.2 --servers all --key-file ./key
        ollama-gateway pull qwen3:8b --servers gpu-1:11434,big --url https://ollama.example.com
      """;

  static final String VERSION =
      """
      Usage: ollama-gateway version

      Prints the version of the gateway, and of the Java runtime that it brings along.

      Example:
        ollama-gateway version
      """;

  private Help() {}
}
