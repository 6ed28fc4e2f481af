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
  /** The page that shows administrators what goes on; a label that what isn't there has too. */
  PAGE("/gateway/", Methods.READ, Access.PUBLIC),
  /** What it is made of. */
  PAGE_FILE("/gateway/page/:file", Methods.READ, Access.PUBLIC),
  /** Logs in there. */
  LOGIN("/gateway/login", Methods.CHANGE, Access.KEY),
  /** Logs out. */
  LOGOUT("/gateway/logout", Methods.CHANGE, Access.PUBLIC),
  /** Says whether a login is good. */
  SESSION("/gateway/session", Methods.READ, Access.KEY),
  /** Tells an open page what goes on, as it changes. */
  EVENTS("/gateway/events", Methods.WATCH, Access.KEY),
  /** Lists keys, and makes one. */
  KEYS("/gateway/keys", Methods.ADMINISTER, Access.KEY),
  /** Lets a key in again. */
  ENABLE_KEY("/gateway/keys/:name/enable", Methods.CHANGE, Access.KEY),
  /** Lets it in no more. */
  DISABLE_KEY("/gateway/keys/:name/disable", Methods.CHANGE, Access.KEY),
  /** Re-reads the settings, and tells what has changed. */
  CHANGES("/gateway/reload", Methods.CHANGE, Access.KEY),
  /** Everything else below {@code /gateway/}: there is nothing. */
  NOTHING("/gateway/", Methods.ANY, Access.KEY);

  /** Which methods an endpoint has. */
  enum Methods {
    READ("GET", "HEAD"),
    ADMINISTER("GET", "POST"),
    CHANGE("POST", ""),
    WATCH("GET", ""),
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
  private static final String KEY = "/gateway/keys/";

  /** What stands before the name of a file of the page. */
  static final String FILE = "/gateway/page/";

  private static final String CONFIG_PATHS = "/config/";
  private static final OwnEndpoint[] BELOW = {
    LIVE, READY, STATUS, QUEUE, USAGE, CONFIG, SERVERS, EVENTS, PAGE, SESSION, LOGIN, LOGOUT, KEYS,
    CHANGES
  };

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
    if (isPageWithoutSlash(path)) {
      return PAGE.methods.has(method) ? PAGE.found : Optional.empty();
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
      return ofName(path, DRAIN, RESUME);
    }
    if (path.startsWith(KEY)) {
      return ofName(path, ENABLE_KEY, DISABLE_KEY);
    }
    if (path.startsWith(FILE)) {
      return PAGE_FILE;
    }
    for (OwnEndpoint endpoint : BELOW) {
      if (path.equals(endpoint.label)) {
        return endpoint;
      }
    }
    return NOTHING;
  }

  /** That of two which a path is for, one of whose parts is a name. */
  private static OwnEndpoint ofName(String path, OwnEndpoint one, OwnEndpoint other) {
    String action = path.substring(path.lastIndexOf('/'));
    if (name(path).isEmpty()) {
      return NOTHING;
    }
    return one.label.endsWith(action) ? one : other.label.endsWith(action) ? other : NOTHING;
  }

  /** The server or key that a path names, which may have slashes; empty if it names none. */
  static String name(String path) {
    int begin = path.startsWith(SERVER) ? SERVER.length() : KEY.length();
    int end = path.lastIndexOf('/');
    return end <= begin ? "" : Percent.decode(path.substring(begin, end));
  }

  private static boolean isPageWithoutSlash(String path) {
    return path.length() == PAGE.label.length() - 1 && PAGE.label.startsWith(path);
  }

  /** Whether it has one path alone, so that no part of that is a client's text. */
  boolean isFixed() {
    return this != NOTHING && this != PAGE_FILE && !isOfName();
  }

  /** Whether its path names a server or a key. */
  boolean isOfName() {
    return switch (this) {
      case DRAIN, RESUME, ENABLE_KEY, DISABLE_KEY -> true;
      default -> false;
    };
  }

  /** Whether it is the page or a part of it, which anybody may see. */
  boolean isOfPage() {
    return this == PAGE || this == PAGE_FILE;
  }

  /** Whether a browser asks for it that isn't logged in, or not yet. */
  boolean isForBrowser() {
    return isOfPage() || this == LOGIN || this == LOGOUT;
  }

  /** Whether a login at the page stands for a key there. */
  boolean takesLogin() {
    return this != LOGIN && label.startsWith(PAGE.label);
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
