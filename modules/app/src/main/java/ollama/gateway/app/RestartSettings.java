package ollama.gateway.app;

import ollama.gateway.config.ApiKey;
import ollama.gateway.config.GatewayConfig;

/** What a reload leaves as it is, and warns of. */
final class RestartSettings {

  private static final System.Logger LOG = System.getLogger(RestartSettings.class.getName());

  private RestartSettings() {}

  /** The next settings, but for what only a restart changes. */
  static GatewayConfig keep(GatewayConfig before, GatewayConfig next) {
    if (!next.gatewayAddress().equals(before.gatewayAddress())) {
      warn("gatewayAddress", "it stays " + before.listensOn());
    }
    boolean switches = next.tls().isOn() != before.tls().isOn();
    if (switches) {
      warn("tls", "it stays " + (before.tls().isOn() ? "on" : "off"));
      if (!before.tls().isOn() && next.apiKeys().stream().anyMatch(ApiKey::isOfCertificateAlone)) {
        warn("apiKeys", "without TLS, keys that are certificates let nobody in");
      }
    }
    if (!next.io().equals(before.io())) {
      warn("io", "the old one stays");
    }
    if (!next.stateDirectory().equals(before.stateDirectory())) {
      warn("stateDirectory", "the old one stays");
    }
    if (!next.usage().equals(before.usage())) {
      warn("usage", "the old bounds stay");
    }
    if (!next.shared().equals(before.shared())) {
      warn("shared", "the old one stays");
    }
    String namespace = before.metrics().namespace();
    if (!next.metrics().namespace().equals(namespace)) {
      warn("metrics.namespace", "the old one stays");
    }
    return next.draft()
        .gatewayAddress(before.gatewayAddress())
        .tls(switches ? before.tls() : next.tls())
        .io(before.io())
        .stateDirectory(before.stateDirectory())
        .usage(before.usage())
        .shared(before.shared())
        .metrics(next.metrics().withNamespace(namespace))
        .build();
  }

  /** Tells the log that a setting stays as it is. */
  static void warn(String setting, String what) {
    LOG.log(System.Logger.Level.WARNING, setting + " changed: " + what + " until the next restart");
  }
}
