package ollama.gateway.config;

import java.util.List;

/**
 * What a file says.
 *
 * @param config the settings
 * @param warnings what is accepted but should be mended, in the order of the file
 */
public record Loaded(GatewayConfig config, List<ConfigProblem> warnings) {

  /** Copies the list. */
  public Loaded {
    warnings = List.copyOf(warnings);
  }
}
