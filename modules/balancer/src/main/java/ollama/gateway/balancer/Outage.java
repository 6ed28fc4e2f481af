package ollama.gateway.balancer;

/** In which way a server was found to be down. */
public enum Outage {
  /**
   * No connection to it can be made: refused, no route, not in time, or its name is unknown. A
   * request would find the same.
   */
  UNREACHABLE,
  /**
   * It took a connection, and no answer to the check came that could be understood. It hangs, or it
   * is too busy for the check.
   */
  SILENT,
  /** It answered the check with something else than a 2xx, so it is there. */
  UNHEALTHY
}
