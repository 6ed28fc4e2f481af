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
  /** Tells what is known of the servers. */
  SERVERS("/gateway/servers", Methods.READ, Access.KEY),
  /** Tells at a glance what goes on. */
  STATUS("/gateway/status", Methods.READ, Access.KEY),
  /** Tells who waits for a server. */
  QUEUE("/gateway/queue", Methods.READ, Access.KEY),
  /** Tells who used how many tokens. */
  USAGE("/gateway/usage", Methods.READ, Access.KEY),
  /** Tells the settings in force, without secrets. */
  CONFIG("/gateway/config", Methods.READ, Access.KEY),
  /** Takes a server out of service. */
  DRAIN("/gateway/servers/:name/drain", Methods.CHANGE, Access.KEY),
  /** Takes it back. */
  RESUME("/gateway/servers/:name/resume", Methods.CHANGE, Access.KEY),
  /** Everything else below {@code /gateway/}: there is nothing. */
  NOTHING("/gateway/", Methods.ANY, Access.KEY);

  /** Which methods an endpoint has. */
  enum Methods {
    READ("GET", "HEAD"),
    ADMINISTER("GET", "POST"),
    CHANGE("POST", ""),
    ANY("", "");

    private final String one;
    private final String other;

    Methods(String one, String other) {
      this.one = one;
      this.other = other;
    }

    /** As the field {@code Allow} has them. */
    String allow() {
      return other.isEmpty() ? one : one + ", " + other;
    }

    boolean has(String method) {
      return this == ANY || method.equals(one) || (!other.isEmpty() && method.equals(other));
    }
  }

  private static final String SERVER = "/gateway/servers/";
  private static final String CONFIG_PATHS = "/config/";
  private static final OwnEndpoint[] BELOW = {LIVE, READY, STATUS, QUEUE, USAGE, CONFIG, SERVERS};
  private static final String DRAINS = "/drain";
  private static final String RESUMES = "/resume";

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
      return below(path).found;
    }
    return path.equals(RELOAD.label)
        ? RELOAD.found
        : path.equals(NEW_KEY.label) ? NEW_KEY.found : Optional.empty();
  }

  /** Whether a path lies where the gateway is administered, be there such an endpoint or not. */
  static boolean isAmongThem(String path) {
    return path.startsWith(NOTHING.label) || path.startsWith(CONFIG_PATHS);
  }

  private static OwnEndpoint below(String path) {
    if (path.startsWith(SERVER)) {
      return switch (path.substring(path.lastIndexOf('/'))) {
        case DRAINS -> serverName(path).isEmpty() ? NOTHING : DRAIN;
        case RESUMES -> serverName(path).isEmpty() ? NOTHING : RESUME;
        default -> NOTHING;
      };
    }
    for (OwnEndpoint endpoint : BELOW) {
      if (path.equals(endpoint.label)) {
        return endpoint;
      }
    }
    return NOTHING;
  }

  /** The server that a path of {@link #DRAIN} or {@link #RESUME} names, which may have slashes. */
  static String serverName(String path) {
    int end = path.lastIndexOf('/');
    return end <= SERVER.length() ? "" : Percent.decode(path.substring(SERVER.length(), end));
  }

  /** Whether it has one path alone, so that no part of that is a client's text. */
  boolean isFixed() {
    return this != NOTHING && !namesServer();
  }

  /** Whether its path names a server. */
  boolean namesServer() {
    return this == DRAIN || this == RESUME;
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
