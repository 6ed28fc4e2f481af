package ollama.gateway.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import ollama.gateway.config.ListenAddress;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.TlsConfig;

/**
 * Lines to paste for somebody who starts the gateway for the first time. They take the key from its
 * file, so that it stands in no scrollback, log or history of a shell.
 */
final class Introduction {

  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int TAGS_BYTES_MAX = 1024 * 1024;
  private static final Pattern MODEL = Pattern.compile("\"name\"\\s*:\\s*\"([A-Za-z0-9._:/-]+)\"");

  /** In a model's name, or as its family, such as {@code nomic-bert}. */
  private static final Pattern EMBEDDING = Pattern.compile("embed|bert\"");

  private static final String FALLBACK_MODEL = "llama3.2";

  private final PrintStream out;
  private final GatewayProcess gateway;
  private final Path config;
  private final Path keyFile;

  /**
   * Prepares.
   *
   * @param config the settings' file
   * @param keyFile holds a key that is let in
   */
  Introduction(PrintStream out, GatewayProcess gateway, Path config, Path keyFile) {
    this.out = out;
    this.gateway = gateway;
    this.config = config.toAbsolutePath().normalize();
    this.keyFile = keyFile;
  }

  /** Prints it. */
  void print(Command.Demo demo) {
    String model = demo == Command.Demo.NO ? ownServers() : demo(demo);
    everyAddress();
    examples(model);
  }

  private String demo(Command.Demo demo) {
    boolean alone = demo == Command.Demo.IF_ALONE;
    out.println(
        "Demo: no model runs. "
            + (alone
                ? "Nothing listens at " + FirstServers.UNTOUCHED.getFirst() + ", so the"
                : "The")
            + " answers come from a small stand-in for Ollama inside the gateway.");
    out.println(
        alone
            ? "Start an Ollama there, or put the address of yours under ollamaAddresses in"
            : "Without --demo they come from the servers that stand under ollamaAddresses in");
    out.println("  " + config);
    if (alone) {
      out.println("and start the gateway anew.");
    }
    out.println();
    return "demo";
  }

  /** Returns a model that is there, so that the examples work. */
  private String ownServers() {
    List<OllamaServer> servers = gateway.config().ollamaAddresses();
    if (FirstServers.silent(servers)) {
      out.println(
          "Nothing listens at "
              + servers.stream()
                  .map(server -> server.url().text())
                  .collect(Collectors.joining(", "))
              + ", so requests get 503 for now.");
      out.println("Start an Ollama there, or change ollamaAddresses in");
      out.println("  " + config);
      out.println();
      return FALLBACK_MODEL;
    }
    return firstModel(servers);
  }

  private void everyAddress() {
    List<Listening> everywhere =
        gateway.listening().stream().filter(Listening::isEverywhere).toList();
    if (!everywhere.isEmpty()) {
      ListenAddress asked = everywhere.getFirst().asked();
      String alone = new ListenAddress(asked.scheme(), "127.0.0.1", asked.port()).toString();
      out.println(
          "It listens on every address of this machine, so with a key others reach it too. For this"
              + " machine alone, write");
      out.println("  \"gatewayAddress\": \"" + alone + "\" in " + config);
      out.println();
    }
  }

  private void examples(String model) {
    String url = url();
    String header = gateway.config().authHeaderName();
    out.println("Try it with curl:");
    out.println();
    out.printf(
        "curl -N %s/api/chat -H \"%s: Bearer $(cat %s)\" -d"
            + " '{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'%n",
        url, header, "'" + keyFile.toString().replace("'", "'\\''") + "'", model);
    out.println();
    out.println("or with Python (pip install ollama):");
    out.println();
    out.println("from ollama import Client");
    out.printf(
        "key = open('%s').read().strip()%n",
        keyFile.toString().replace("\\", "\\\\").replace("'", "\\'"));
    out.printf("client = Client(host='%s', headers={'%s': 'Bearer ' + key})%n", url, header);
    out.printf(
        "for part in client.chat(model='%s', messages=[{'role': 'user', 'content': 'Hello'}],"
            + " stream=True):%n",
        model);
    out.println("    print(part.message.content, end='', flush=True)");
    out.println();
  }

  /** Of the first address, or the first that leads nowhere. */
  private String url() {
    TlsConfig tls = gateway.config().tls();
    return gateway.listening().stream()
        .filter(listening -> !tls.redirect() || listening.asked().isSecured(tls))
        .findFirst()
        .orElseThrow()
        .url(tls);
  }

  private static String firstModel(List<OllamaServer> servers) {
    for (OllamaServer server : servers) {
      try {
        Optional<String> model = chatModel(tags(server));
        if (model.isPresent()) {
          return model.get();
        }
      } catch (IOException e) {
        // It isn't up; the log says so.
      }
    }
    return FALLBACK_MODEL;
  }

  /** The first with which one can chat, as far as its entry in the list says; else the first. */
  static Optional<String> chatModel(String tags) {
    List<MatchResult> entries = MODEL.matcher(tags).results().toList();
    Optional<String> first = Optional.empty();
    for (int i = 0; i < entries.size(); i++) {
      String name = entries.get(i).group(1);
      int end = i + 1 < entries.size() ? entries.get(i + 1).start() : tags.length();
      if (!EMBEDDING.matcher(tags.substring(entries.get(i).start(), end)).find()) {
        return Optional.of(name);
      }
      first = first.isEmpty() ? Optional.of(name) : first;
    }
    return first;
  }

  private static String tags(OllamaServer server) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create(server.url() + "/api/tags").toURL().openConnection(Proxy.NO_PROXY);
    server.headers().forEach(connection::setRequestProperty);
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    try (InputStream body = connection.getInputStream()) {
      return new String(body.readNBytes(TAGS_BYTES_MAX), StandardCharsets.UTF_8);
    } finally {
      connection.disconnect();
    }
  }
}
