package ollama.gateway.config;

/**
 * How much the gateway takes of what. Except where a lower bound is named, 0 is no limit, and holds
 * only where somebody wrote it.
 *
 * @param headBytes the head of a request: its first line and all header fields; beyond that 431.
 *     Never without a limit, since a head is held in memory: those above 4 KiB may take a quarter
 *     of the heap together, beyond that 503; 1024 to 65536; default 32768
 * @param fields header fields of a request; beyond that 431; 10 to 1000; default 100
 * @param targetBytes the target in a request's first line; beyond that 414. The whole head has to
 *     fit into {@code headBytes} too; 256 to 65536; default 8192
 * @param bodyBytes a request's body; beyond that 413; 0 (no limit) to 1125899906842624; default
 *     268435456
 * @param blobBytes the same for {@code /api/blobs/}; 0 (no limit) to 1125899906842624; default
 *     1099511627776
 * @param replayBytes how much of a body, of requests that may be repeated, is taken before a server
 *     is asked, and kept so that it can be sent to another one; all requests together keep a
 *     quarter of the heap at most; 0 (nothing is kept, so that no request that has a body is tried
 *     again) to 67108864; default 1048576
 * @param questionBytes how much of a body is taken, and kept, to find out which model it is about
 *     and what it asks of it, where that decides whether a key may ask; 413 where it takes more;
 *     within the same quarter of the heap, of which one key has half at most: 503 while others hold
 *     it; 1024 to 67108864; default 33554432
 * @param connections open connections; beyond that the one that has been idle between two requests
 *     for longest is closed, or one whose head has been on its way for a second, and where there is
 *     none, new ones get 503 and close. Each needs two file descriptors, its own and one to a
 *     server: {@code ulimit -n} or {@code LimitNOFILE} must allow for that, or fewer are accepted,
 *     and a warning says so; 0 (no limit) to 1000000; default 10000
 * @param connectionsPerAddress open connections of one client, an IPv4 address or an IPv6 /64;
 *     beyond that 503 and close, and a flood of them is just closed; 0 (no limit) to 1000000;
 *     default 1000
 * @param rateLimitedClients clients whose requests are remembered for the rate limit; beyond that
 *     the one idle for longest is forgotten; 0 (no limit) to 10000000; default 100000
 * @param reservedConnections places beyond {@code connections}, and of those that file descriptors
 *     allow, for requests that the gateway answers itself: probes, metrics, administration; 0 (no
 *     place) to 1000; default 16
 * @param loggedPathBytes how much of a request's path stands in the log; 32 to 65536; default 512
 */
public record LimitsConfig(
    int headBytes,
    int fields,
    int targetBytes,
    long bodyBytes,
    long blobBytes,
    int replayBytes,
    int questionBytes,
    int connections,
    int connectionsPerAddress,
    int rateLimitedClients,
    int reservedConnections,
    int loggedPathBytes) {

  static final Bounds HEAD_BYTES = Bounds.of(1024, 65_536);
  static final Bounds FIELDS = Bounds.of(10, 1000);
  static final Bounds TARGET_BYTES = Bounds.of(256, 65_536);
  static final Bounds BODY_BYTES = Bounds.orNone(1L << 50);
  static final Bounds REPLAY_BYTES = new Bounds(0, 64 << 20, "nothing is kept");
  static final Bounds QUESTION_BYTES = Bounds.of(1024, 64 << 20);
  static final Bounds CONNECTIONS = Bounds.orNone(1_000_000);
  static final Bounds RESERVED_CONNECTIONS = new Bounds(0, 1000, "no place");
  static final Bounds LOGGED_PATH_BYTES = Bounds.of(32, 65_536);
  static final Bounds CLIENTS = Bounds.orNone(10_000_000);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a number is out of its bounds
   */
  public LimitsConfig {
    HEAD_BYTES.check("headBytes", headBytes);
    FIELDS.check("fields", fields);
    TARGET_BYTES.check("targetBytes", targetBytes);
    BODY_BYTES.check("bodyBytes", bodyBytes);
    BODY_BYTES.check("blobBytes", blobBytes);
    REPLAY_BYTES.check("replayBytes", replayBytes);
    QUESTION_BYTES.check("questionBytes", questionBytes);
    CONNECTIONS.check("connections", connections);
    CONNECTIONS.check("connectionsPerAddress", connectionsPerAddress);
    CLIENTS.check("rateLimitedClients", rateLimitedClients);
    RESERVED_CONNECTIONS.check("reservedConnections", reservedConnections);
    LOGGED_PATH_BYTES.check("loggedPathBytes", loggedPathBytes);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return the defaults above
   */
  public static LimitsConfig defaults() {
    return new LimitsConfig(
        32 << 10,
        100,
        8 << 10,
        256L << 20,
        1L << 40,
        1 << 20,
        32 << 20,
        10_000,
        1000,
        100_000,
        16,
        512);
  }

  /** What stands in the file, or the default of what doesn't. */
  static LimitsConfig read(Block block) {
    LimitsConfig defaults = defaults();
    return new LimitsConfig(
        block.whole("headBytes", defaults.headBytes(), HEAD_BYTES),
        block.whole("fields", defaults.fields(), FIELDS),
        block.whole("targetBytes", defaults.targetBytes(), TARGET_BYTES),
        block.wholeLong("bodyBytes", defaults.bodyBytes(), BODY_BYTES),
        block.wholeLong("blobBytes", defaults.blobBytes(), BODY_BYTES),
        block.whole("replayBytes", defaults.replayBytes(), REPLAY_BYTES),
        block.whole("questionBytes", defaults.questionBytes(), QUESTION_BYTES),
        block.whole("connections", defaults.connections(), CONNECTIONS),
        block.whole("connectionsPerAddress", defaults.connectionsPerAddress(), CONNECTIONS),
        block.whole("rateLimitedClients", defaults.rateLimitedClients(), CLIENTS),
        block.whole("reservedConnections", defaults.reservedConnections(), RESERVED_CONNECTIONS),
        block.whole("loggedPathBytes", defaults.loggedPathBytes(), LOGGED_PATH_BYTES));
  }
}
