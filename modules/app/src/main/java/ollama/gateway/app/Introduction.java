package ollama.gateway.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ollama.gateway.config.UpstreamAddress;

/** Lines to paste for somebody who starts the gateway for the first time. */
final class Introduction {

  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int TAGS_BYTES_MAX = 1024 * 1024;
  private static final Pattern MODEL = Pattern.compile("\"name\"\\s*:\\s*\"([A-Za-z0-9._:/-]+)\"");
  private static final String FALLBACK_MODEL = "llama3.2";

  private Introduction() {}

  static void print(PrintStream out, GatewayProcess gateway, String key, boolean demo) {
    String url = "http://" + reachable(gateway.listeningOn());
    String model = demo ? "demo" : firstModel(gateway);
    if (demo) {
      out.println(
          "Demo: no model runs. The answers come from a small stand-in for Ollama inside the"
              + " gateway.");
      out.println("Point ollamaAddresses in the config file to a real Ollama, and start anew.");
      out.println();
    }
    String header = gateway.config().authHeaderName();
    out.println("Try it with curl:");
    out.println();
    out.printf(
        "curl -N %s/api/chat -H '%s: Bearer %s' -d"
            + " '{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'%n",
        url, header, key, model);
    out.println();
    out.println("or with Python (pip install ollama):");
    out.println();
    out.println("from ollama import Client");
    out.printf("client = Client(host='%s', headers={'%s': 'Bearer %s'})%n", url, header, key);
    out.printf(
        "for part in client.chat(model='%s', messages=[{'role': 'user', 'content': 'Hello'}],"
            + " stream=True):%n",
        model);
    out.println("    print(part.message.content, end='', flush=True)");
    out.println();
  }

  /** An address that a client on this machine can use. */
  private static String reachable(String listeningOn) {
    String port = listeningOn.substring(listeningOn.lastIndexOf(':'));
    boolean any = listeningOn.startsWith("0.0.0.0:") || listeningOn.startsWith("[::]:");
    return any ? "127.0.0.1" + port : listeningOn;
  }

  /** A model that is really there, so that the examples work. */
  private static String firstModel(GatewayProcess gateway) {
    for (UpstreamAddress server : gateway.config().ollamaAddresses()) {
      try {
        Matcher found = MODEL.matcher(tags(server));
        if (found.find()) {
          return found.group(1);
        }
      } catch (IOException e) {
        // It isn't up; the log says so.
      }
    }
    return FALLBACK_MODEL;
  }

  private static String tags(UpstreamAddress server) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(server + "/api/tags").toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    try (InputStream body = connection.getInputStream()) {
      return new String(body.readNBytes(TAGS_BYTES_MAX), StandardCharsets.UTF_8);
    } finally {
      connection.disconnect();
    }
  }
}
