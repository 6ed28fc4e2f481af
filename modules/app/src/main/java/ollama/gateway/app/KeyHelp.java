package ollama.gateway.app;

/** How the commands for keys are used. */
final class KeyHelp {

  static final String KEY =
      """
      Usage: ollama-gateway key COMMAND [OPTION]…

      Looks at and changes the keys in a settings file, also while a gateway runs with it: that heeds
      the change within a second. Every other byte of the file stays as it is.

        key new             make a key and print it, once
        key list            tell which keys there are
        key show NAME       tell all settings of one
        key disable NAME    don't let it in any more
        key enable NAME     let it in again
        key rotate NAME     put a new key in its place
        key delete NAME     take it away

      NAME is a key's name, or 6 or more digits with which its digest begins.
      `ollama-gateway key COMMAND --help` tells more of each.

      Exit status: 0 done; 1 the file couldn't be written; 2 the command line or the settings are
      wrong, or it was refused. If it isn't 0, nothing was changed.

      Examples:
        ollama-gateway key new --name laptop
        ollama-gateway key list --config /var/lib/ollama-gateway/config.json
      """;

  static final String NEW =
      """
      Usage: ollama-gateway key new [--config PATH] [--name NAME] [--admin] [LIMIT]…

      Makes an API key of 32 random bytes and prints it, this once: the settings file gets its
      digest. A running gateway lets the key in within a second.

        --config PATH    the settings (default ./config.json)
        --name NAME      whom the key stands for in the log (default key-1, key-2, …)
        --admin          let the key reload the settings and make keys over HTTP

      What the key may; without any of these it may run and list all models, for ever:

        --expires WHEN                until a day or a time, such as 2027-06-30, or for so long:
                                      45m, 24h, 90d, 12w
        --models LIST                 only these models, such as 'llama3*,qwen3:8b'
        --endpoints LIST              inference, read, manage, account, cloud
        --priority CLASS              interactive, normal or batch
        --max-concurrent-requests N   so many requests at the same time
        --tokens-per-minute N         so many tokens; N may be written 500k, 1M or 2G
        --tokens-per-day N
        --tokens-per-month N
        --rate-limit N/SECONDS        so many requests in so many seconds, such as 60/60
        --allow-ips LIST              only from these addresses, such as 10.1.0.0/16

      A LIST has commas between its items, or the option stands there several times.

      Exit status: 0 made; 1 the file couldn't be written; 2 the command line or the settings are
      wrong, or the name is taken. If it isn't 0, no key was made.

      Examples:
        ollama-gateway key new --name laptop
        ollama-gateway key new --name alice --expires 90d --models 'llama3*' --tokens-per-day 1M
        ollama-gateway key new --config /var/lib/ollama-gateway/config.json --name ops --admin
      """;

  static final String LIST =
      """
      Usage: ollama-gateway key list [--config PATH] [--json]

      Tells which keys a settings file has: names, the first 12 digits of their digests, whether they
      are let in, until when, and their limits in short. No key itself is shown.

        --config PATH    the settings (default ./config.json)
        --json           for programs: a list of objects

      Exit status: 0 told; 2 the command line or the settings are wrong.

      Examples:
        ollama-gateway key list
        ollama-gateway key list --json --config /var/lib/ollama-gateway/config.json
      """;

  static final String SHOW =
      """
      Usage: ollama-gateway key show NAME [--config PATH] [--json]

      Tells all settings of a key, also those that hold by default. The key itself isn't shown.

        NAME             the key's name, or 6 or more digits with which its digest begins
        --config PATH    the settings (default ./config.json)
        --json           for programs: an object

      Exit status: 0 told; 2 the command line or the settings are wrong, or there is no such key.

      Examples:
        ollama-gateway key show alice
        ollama-gateway key show 3fc9b689459d
      """;

  static final String DISABLE =
      """
      Usage: ollama-gateway key disable NAME [--config PATH] [--force]

      Lets a key in no more: its requests get a 401 that says so. Where the file has the key itself,
      it gets the digest instead. A running gateway heeds that within a second.

        NAME             the key's name, or 6 or more digits with which its digest begins
        --config PATH    the settings (default ./config.json)
        --force          even if other keys could then do more than before

      Exit status: 0 done; 1 the file couldn't be written; 2 the command line or the settings are
      wrong, there is no such key, or it was refused. If it isn't 0, nothing was changed.

      Example:
        ollama-gateway key disable alice
      """;

  static final String ENABLE =
      """
      Usage: ollama-gateway key enable NAME [--config PATH]

      Lets a key in again that was disabled. A running gateway heeds that within a second.

        NAME             the key's name, or 6 or more digits with which its digest begins
        --config PATH    the settings (default ./config.json)

      Exit status: 0 done; 1 the file couldn't be written; 2 the command line or the settings are
      wrong, or there is no such key. If it isn't 0, nothing was changed.

      Example:
        ollama-gateway key enable alice
      """;

  static final String ROTATE =
      """
      Usage: ollama-gateway key rotate NAME [--config PATH] [--overlap DURATION]

      Makes a new key with the name and all settings of another, and prints it, this once. The old
      key isn't let in any more; with --overlap it is for so long, as NAME-old. What is counted of a
      key, such as its tokens, begins anew with the new one.

        NAME                  the key's name, or 6 or more digits with which its digest begins
        --config PATH         the settings (default ./config.json)
        --overlap DURATION    let the old key in for so long as well: 45m, 24h, 7d, 2w

      Exit status: 0 made; 1 the file couldn't be written; 2 the command line or the settings are
      wrong, or there is no such key. If it isn't 0, no key was made.

      Examples:
        ollama-gateway key rotate alice --overlap 24h
        ollama-gateway key rotate alice --config /var/lib/ollama-gateway/config.json
      """;

  static final String DELETE =
      """
      Usage: ollama-gateway key delete NAME [--config PATH] [--force]

      Takes a key out of the settings file. A running gateway heeds that within a second; requests
      that run with the key end.

        NAME             the key's name, or 6 or more digits with which its digest begins
        --config PATH    the settings (default ./config.json)
        --force          even if other keys could then do more than before: without any key that
                         is marked admin, each that may use all endpoints may administer

      Exit status: 0 done; 1 the file couldn't be written; 2 the command line or the settings are
      wrong, there is no such key, or it was refused. If it isn't 0, nothing was changed.

      Example:
        ollama-gateway key delete alice
      """;

  private KeyHelp() {}
}
