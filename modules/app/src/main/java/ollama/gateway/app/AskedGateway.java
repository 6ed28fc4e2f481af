package ollama.gateway.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.GatewayConfig;

/** The running gateway that a command line means, and the key that it is asked with. */
final class AskedGateway {

  private final String name;
  private final Asker asker;

  private AskedGateway(String name, Asker asker) {
    this.name = name;
    this.asker = asker;
  }

  /** The ways to ask; an exception's message goes behind "can't be asked: ". */
  private interface Asker {
    String get(String path) throws IOException;

    ComingAnswer post(String path, String json) throws IOException;
  }

  /**
   * The one at a URL, or else of these settings.
   *
   * @param config the settings that it was started with on this machine
   * @param key what it is asked with
   * @throws ConfigException when the settings can't be read
   * @throws IOException when they don't say where it is; the message says what to do
   */
  static AskedGateway of(
      Path config, Optional<String> url, String key, Map<String, String> environment)
      throws ConfigException, IOException {
    if (url.isPresent()) {
      return new AskedGateway(url.get(), elsewhere(new RunningGateway(url.get(), key)));
    }
    GatewayConfig settings = new ConfigLoader(environment).load(config).config();
    List<OwnGateway> own = new ArrayList<>(OwnGateway.of(settings));
    own.removeIf(OwnGateway::wantsCertificate);
    if (own.isEmpty()) {
      throw new IOException(
          config
              + " has no address to ask at, since the port isn't known or a certificate is"
              + " wanted: name one with --url");
    }
    // Those without TLS may only lead there.
    List<OwnGateway> found = settings.tls().redirect() ? own.reversed() : own;
    return new AskedGateway(found.getFirst().url(""), here(List.copyOf(found), key));
  }

  /** Where it is, for people. */
  String name() {
    return name;
  }

  /**
   * What it answers to a GET.
   *
   * @throws IOException when it doesn't, or says no; the message goes behind "can't be asked: "
   */
  String get(String path) throws IOException {
    return asker.get(path);
  }

  /**
   * What it answers to a POST, whatever that is.
   *
   * @throws IOException when it doesn't; the message goes behind "can't be asked: "
   */
  ComingAnswer post(String path, String json) throws IOException {
    return asker.post(path, json);
  }

  private static Asker elsewhere(RunningGateway gateway) {
    return new Asker() {
      @Override
      public String get(String path) throws IOException {
        return gateway.get(path);
      }

      @Override
      public ComingAnswer post(String path, String json) throws IOException {
        return gateway.post(path, json);
      }
    };
  }

  private static Asker here(List<OwnGateway> gateways, String key) {
    return new Asker() {
      @Override
      public String get(String path) throws IOException {
        OwnGateway.Answer answer =
            firstOf(gateways, gateway -> gateway.get(path, Optional.of(key)));
        if (answer.status() != 200) {
          throw new IOException(
              "it answered with status " + answer.status() + ": " + Clean.line(answer.text()));
        }
        return answer.text();
      }

      @Override
      public ComingAnswer post(String path, String json) throws IOException {
        return firstOf(gateways, gateway -> gateway.post(path, json, key));
      }
    };
  }

  private interface Question<T> {
    T ask(OwnGateway gateway) throws IOException;
  }

  /** At the first address that answers. */
  private static <T> T firstOf(List<OwnGateway> gateways, Question<T> question) throws IOException {
    StringJoiner silent = new StringJoiner(", ");
    for (OwnGateway gateway : gateways) {
      try {
        return question.ask(gateway);
      } catch (IOException e) {
        silent.add(gateway.url("") + " doesn't answer: " + e.getMessage());
      }
    }
    throw new IOException(silent + "; does the gateway run?");
  }
}
