package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import ollama.gateway.config.ApiKey;

/** Linked gateways, each with its settings. */
final class GatewayPeer {

  /** The file of {@link Peer#GATEWAY_SEEN}, which grows by a line for each of many requests. */
  static final String ACCESS_LOG = "access.log";

  private GatewayPeer() {}

  /** A linked gateway with address rules, key check, rate limit and metrics on. */
  static Peer start(String name, Path launcher, Setup setup) throws IOException {
    Path folder = setup.folder();
    int upstreamPort = setup.upstreamPort();
    int port = Peer.freePort();
    boolean logging = name.equals(Peer.GATEWAY_LOGGING);
    // Only where it matters: an image from before may not know the setting.
    String io = name.equals(Peer.GATEWAY_NIO) ? "\"io\": \"nio\"," : "";
    String keys = name.equals(Peer.GATEWAY_KEYS) ? limitedKey() : "\"" + Load.KEY + "\"";
    String second =
        name.equals(Peer.GATEWAY_TWO) ? ", \"http://localhost:" + upstreamPort + "\"" : "";
    String tls = setup.tls().map(GatewayPeer::tls).orElse("");
    String seen = name.equals(Peer.GATEWAY_SEEN) ? seen(setup) : "";
    if (name.equals(Peer.GATEWAY_SHARED)) {
      seen = "\"shared\": {\"url\": \"valkey://127.0.0.1:%d\"},".formatted(Setup.STORE_PORT);
    }
    Path config = folder.resolve(name + ".json");
    Files.writeString(
        config,
        """
        {
          "gatewayAddress": "127.0.0.1:%d",
          "ollamaAddresses": ["http://127.0.0.1:%d"%s],
          %s %s %s
          "logging": %b,
          "apiKeys": [%s],
          "rateLimit": {"enabled": true, "maxRequests": 1000000, "timeWindowSeconds": 1},
          "security": {"allowIps": ["127.0.0.0/8", "::1"], "denyIps": ["10.0.0.0/8"]},
          "metrics": {"enabled": true},
          "timeouts": {"keepAliveSeconds": 600},
          "limits": {"connections": 20000, "connectionsPerAddress": 20000}
        }
        """
            .formatted(port, upstreamPort, second, io, tls, seen, logging, keys));
    return Peer.start(
        name, port, setup, List.of(launcher.toString(), "--config", config.toString()));
  }

  /** The store, which isn't measured itself. */
  static Peer store(String program, Setup setup) throws IOException {
    String port = Integer.toString(Setup.STORE_PORT);
    return Peer.start(
        "store",
        Setup.STORE_PORT,
        setup,
        List.of(program, "--port", port, "--bind", "127.0.0.1", "--save", ""));
  }

  private static String tls(TlsPair pair) {
    return "\"tls\": {\"certificate\": \"%s\", \"privateKey\": \"%s\"},"
        .formatted(pair.certificateFile(), pair.keyFile());
  }

  private static String limitedKey() {
    return """
    {"name": "limited", "sha256": "%s", "endpoints": ["inference", "read"],
     "models": ["tiny*"], "maxConcurrentRequests": 100000,
     "tokens": {"perMinute": 1000000000, "perDay": 1000000000, "perMonth": 1000000000}}\
    """
        .formatted(ApiKey.ofPlain("limited", Load.KEY, false).sha256());
  }

  /** Lines for programs, and traces to a collector, for which the server does that drops bodies. */
  private static String seen(Setup setup) {
    return """
    "accessLog": {"format": "json", "file": "%s"},
          "tracing": {"endpoint": "http://127.0.0.1:%d%straces"},\
    """
        .formatted(setup.folder().resolve(ACCESS_LOG), setup.upstreamPort(), FakeOllama.BLOBS);
  }
}
