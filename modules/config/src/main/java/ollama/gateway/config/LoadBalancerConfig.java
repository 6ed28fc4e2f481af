package ollama.gateway.config;

import java.util.regex.Pattern;

/**
 * Which Ollama server a request goes to, and how their health is checked. In this block of the file
 * 0 and an empty text stand for the default as well, because older files have them for settings
 * that nobody made.
 *
 * @param policy which of several servers takes a request: {@code soonest} is the one that is
 *     expected to send its first token first, of those that have the model; {@code least-requests}
 *     is the one with the fewest requests for the model in flight among those that have it, rather
 *     one that has it in memory; {@code round-robin} is each in its turn, whatever models it has;
 *     default {@code soonest}
 * @param modelsIntervalInSeconds the pause between two questions to a server which models it has
 *     and which are loaded, where there are several servers and {@code policy} isn't {@code
 *     round-robin}; 1 to 3600; default 5
 * @param healthCheckIntervalInSeconds the pause between two checks of a server; one that is down is
 *     checked every second; 1 to 86400; default 30
 * @param healthCheckEndpoint the path that is fetched with GET from each server, after its base
 *     path; an answer of 2xx is healthy. Starts with {@code /}, may have a query, such as {@code
 *     /api/version}; default {@code /}
 * @param healthCheckTimeoutInMilliseconds how long one check may take, 1 to 600000; default 5000
 * @param checkAfterSilenceMillis how long a request may wait for the first byte of its answer
 *     before its server is checked out of turn, since a server that loads a model is as silent as
 *     one that hangs; from one that fails the check it moves to another where that is harmless; 100
 *     to 600000; default 2000
 */
public record LoadBalancerConfig(
    String policy,
    int modelsIntervalInSeconds,
    int healthCheckIntervalInSeconds,
    String healthCheckEndpoint,
    int healthCheckTimeoutInMilliseconds,
    int checkAfterSilenceMillis) {

  /** See {@link #policy}. */
  public static final String SOONEST = "soonest";

  /** See {@link #policy}. */
  public static final String ROUND_ROBIN = "round-robin";

  private static final Pattern POLICY = Pattern.compile("soonest|least-requests|round-robin");

  static final Bounds MODELS_SECONDS = Bounds.of(1, 3600);
  static final Bounds INTERVAL_SECONDS = Bounds.of(1, 86_400);
  static final Bounds TIMEOUT_MILLIS = Bounds.of(1, 600_000);
  static final Bounds SILENCE_MILLIS = Bounds.of(100, 600_000);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a number is out of its bounds, the endpoint isn't a path,
   *     or there is no such policy
   */
  public LoadBalancerConfig {
    checkPolicy(policy);
    MODELS_SECONDS.check("modelsIntervalInSeconds", modelsIntervalInSeconds);
    INTERVAL_SECONDS.check("healthCheckIntervalInSeconds", healthCheckIntervalInSeconds);
    PathSyntax.checkPathAndQuery(healthCheckEndpoint);
    TIMEOUT_MILLIS.check("healthCheckTimeoutInMilliseconds", healthCheckTimeoutInMilliseconds);
    SILENCE_MILLIS.check("checkAfterSilenceMillis", checkAfterSilenceMillis);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return among servers that have the model, the one that is expected to answer soonest; checks
   *     every 30 seconds with {@code GET /}, for at most 5 seconds
   */
  public static LoadBalancerConfig defaults() {
    return new LoadBalancerConfig(SOONEST, 5, 30, "/", 5000, 2000);
  }

  /** What stands in the file, or the default of what doesn't. */
  static LoadBalancerConfig read(Block block) {
    LoadBalancerConfig defaults = defaults();
    return new LoadBalancerConfig(
        block.text("policy", defaults.policy(), LoadBalancerConfig::checkPolicy),
        block.whole("modelsIntervalInSeconds", defaults.modelsIntervalInSeconds(), MODELS_SECONDS),
        block.whole(
            "healthCheckIntervalInSeconds",
            defaults.healthCheckIntervalInSeconds(),
            INTERVAL_SECONDS),
        block.text(
            "healthCheckEndpoint", defaults.healthCheckEndpoint(), PathSyntax::checkPathAndQuery),
        block.whole(
            "healthCheckTimeoutInMilliseconds",
            defaults.healthCheckTimeoutInMilliseconds(),
            TIMEOUT_MILLIS),
        block.whole("checkAfterSilenceMillis", defaults.checkAfterSilenceMillis(), SILENCE_MILLIS));
  }

  private static String checkPolicy(String policy) {
    if (!POLICY.matcher(policy).matches()) {
      throw new IllegalArgumentException(
          "expected \"soonest\", \"least-requests\" or \"round-robin\"");
    }
    return policy;
  }
}
