package ollama.gateway.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the settings, one object of the file after the other. */
final class ConfigReader {
  private final Values values;
  private final Problems problems;

  ConfigReader(Values values, Problems problems) {
    this.values = values;
    this.problems = problems;
  }

  Loaded read(Json.Obj root) throws ConfigException {
    Block file = Block.of(values, Section.FILE, "", root);
    GatewayConfigDraft draft =
        new GatewayConfigDraft(ollamaAddresses(file))
            .loadBalancer(LoadBalancerConfig.read(file.block(Section.LOAD_BALANCER)))
            .gatewayAddress(
                file.text("gatewayAddress", ListenAddress.defaults(), ListenAddress::parse))
            .io(file.text("io", GatewayConfigDraft.DEFAULT_IO, GatewayConfig::checkIo))
            .logging(file.flag("logging", false))
            .authHeaderName(
                file.text(
                    "authHeaderName", GatewayConfigDraft.DEFAULT_AUTH_HEADER, HeaderName::check))
            .apiKeys(new ApiKeyReader(values).read(file.list("apiKeys")))
            .queue(QueueConfig.read(file.block(Section.QUEUE)))
            .rateLimit(RateLimitConfig.read(file.block(Section.RATE_LIMIT)))
            .security(SecurityConfig.read(file.block(Section.SECURITY)))
            .metrics(MetricsConfig.read(file.block(Section.METRICS)))
            .timeouts(TimeoutsConfig.read(file.block(Section.TIMEOUTS)))
            .limits(LimitsConfig.read(file.block(Section.LIMITS)));
    problems.throwIfAny();
    GatewayConfig config = draft.build();
    return new Loaded(config, problems.warnings());
  }

  private List<UpstreamAddress> ollamaAddresses(Block file) {
    String name = "ollamaAddresses";
    List<Json> items = file.list(name);
    boolean isList = file.value(name).map(v -> v instanceof Json.Arr).orElse(true);
    if (items.isEmpty() && isList) {
      file.missing(
          name,
          "expected at least one Ollama server: write \"ollamaAddresses\":"
              + " [\"http://localhost:11434\"]");
    }
    Set<UpstreamAddress> addresses = new LinkedHashSet<>();
    for (int i = 0; i < items.size(); i++) {
      Json item = items.get(i);
      String path = name + "[" + i + "]";
      Optional<UpstreamAddress> address = values.text(path, item, UpstreamAddress::parse);
      if (address.isPresent() && !addresses.add(address.get())) {
        problems.warning(path, item.start(), "this server is in the list already: remove it here");
      }
      if (address.isPresent() && address.get().endsInRoute()) {
        warnOfRoute(path, item);
      }
    }
    return List.copyOf(addresses);
  }

  private void warnOfRoute(String path, Json item) {
    problems.warning(
        path,
        item.start(),
        "an address ends before /api and /v1, which clients name themselves: requests would go to"
            + " such as /v1/v1/models or /api/api/chat; remove that part, unless something on the"
            + " way takes it away");
  }
}
