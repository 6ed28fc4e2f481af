package ollama.gateway.proxy;

import java.util.Optional;

/** What the gateway answers itself: where, for which methods, and for whom. */
enum OwnEndpoint {
  /** Says that a server runs; other methods than these go to one. */
  ROOT("/", Methods.READ, Access.PUBLIC),
  /** Says that the gateway runs. */
  LIVE("/gateway/live", Methods.READ, Access.PROBE),
  /** Says whether requests should come here. */
  READY("/gateway/ready", Methods.READ, Access.PROBE),
  /** The metrics, wherever the settings put them. */
  METRICS("metrics", Methods.READ, Access.PUBLIC),
  /** Re-reads the settings. */
  RELOAD("/config/reload", Methods.ADMINISTER, Access.KEY),
  /** Mints a key. */
  NEW_KEY("/config/new-key", Methods.ADMINISTER, Access.KEY),
  /** Everything else below {@code /gateway/}: there is nothing. */
  NOTHING("/gateway/", Methods.ANY, Access.KEY);

  /** Which methods an endpoint has. */
  enum Methods {
    READ("GET", "HEAD"),
    ADMINISTER("GET", "POST"),
    ANY("", "");

    private final String one;
    private final String other;

    Methods(String one, String other) {
      this.one = one;
      this.other = other;
    }

    /** As the field {@code Allow} has them. */
    String allow() {
      return one + ", " + other;
    }

    boolean has(String method) {
      return this == ANY || method.equals(one) || method.equals(other);
    }
  }

  private final String label;
  private final Methods methods;
  private final Access access;
  // Made once, not for each request.
  private final Optional<OwnEndpoint> found = Optional.of(this);

  OwnEndpoint(String label, Methods methods, Access access) {
    this.label = label;
    this.methods = methods;
    this.access = access;
  }

  /**
   * The endpoint of a path; empty if it is a server's.
   *
   * @param metricsPath where the settings put the metrics
   */
  static Optional<OwnEndpoint> of(String method, String path, String metricsPath) {
    if (path.equals(metricsPath)) {
      return METRICS.found;
    }
    if (path.equals(ROOT.label)) {
      return ROOT.methods.has(method) ? ROOT.found : Optional.empty();
    }
    if (path.startsWith(NOTHING.label)) {
      return path.equals(LIVE.label)
          ? LIVE.found
          : path.equals(READY.label) ? READY.found : NOTHING.found;
    }
    return path.equals(RELOAD.label)
        ? RELOAD.found
        : path.equals(NEW_KEY.label) ? NEW_KEY.found : Optional.empty();
  }

  /** The name under which requests are counted. */
  String label() {
    return label;
  }

  Methods methods() {
    return methods;
  }

  /** Who may ask with a method that it has; with another, whoever has a key is told so. */
  Access access(String method) {
    return methods.has(method) ? access : Access.KEY;
  }
}
