package ollama.gateway.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;

/** The servers of somebody who starts the gateway for the first time, and may have none. */
final class FirstServers {

  /** What {@code ollamaAddresses} is in a file that nobody has touched. */
  static final List<OllamaServer> UNTOUCHED =
      List.of(OllamaServer.ofPlain(new UpstreamAddress("localhost", 11_434, "")));

  private static final int TIMEOUT_MILLIS = 1_000;

  private FirstServers() {}

  /** Whether nobody has named servers, and none is where Ollama listens by itself. */
  static boolean missing(List<OllamaServer> servers) {
    return servers.equals(UNTOUCHED) && silent(servers);
  }

  /** Whether nothing listens at any of them, on any address that a name has. */
  static boolean silent(List<OllamaServer> servers) {
    return servers.stream().noneMatch(FirstServers::listens);
  }

  private static boolean listens(OllamaServer entry) {
    UpstreamAddress server = entry.url();
    try {
      for (InetAddress address : InetAddress.getAllByName(server.host())) {
        if (listens(new InetSocketAddress(address, server.port()))) {
          return true;
        }
      }
    } catch (UnknownHostException e) {
      // Nobody is there.
    }
    return false;
  }

  private static boolean listens(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, TIMEOUT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
