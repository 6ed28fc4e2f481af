package ollama.gateway.config;

/**
 * How long the gateway waits for what. 0 is no limit, and holds only where somebody wrote it.
 *
 * @param headSeconds the whole head of a request, from its first byte on; then 408 and close; 0 (no
 *     limit) to 604800; default 10
 * @param keepAliveSeconds a connection between two requests; then close; 0 (no limit) to 604800;
 *     default 75
 * @param bodyIdleSeconds a request's body that stops coming; then 408 and close; 0 (no limit) to
 *     604800; default 60
 * @param writeStallSeconds a client that stops reading; then close; 0 (no limit) to 604800; default
 *     60
 * @param connectMillis connecting to an Ollama server; then the next one is tried; 0 (no limit) to
 *     600000; default 3000
 * @param firstByteSeconds a server that is silent after the request, because it loads a model or
 *     has a queue; then 504; 0 (no limit) to 604800; default 3600
 * @param upstreamIdleSeconds a server that stops between two bytes of its answer; then the client's
 *     connection is aborted; 0 (no limit) to 604800; default 600
 * @param drainSeconds requests in flight at shutdown; then they are cut; 0 (no limit) to 604800;
 *     default 30
 * @param lingerSeconds reading and dropping what a client still sends of a body that nobody wants,
 *     in all: an answer reaches only a client whose bytes are taken; then close; never longer than
 *     {@code bodyIdleSeconds}; 1 to 3600; default 30
 * @param tcpKeepAliveSeconds how long a connection to a client or a server may be silent before the
 *     system asks whether its other end is still there; unanswered nine times, five seconds apart,
 *     it ends; 0 (it never asks) to 7200; default 60
 */
public record TimeoutsConfig(
    int headSeconds,
    int keepAliveSeconds,
    int bodyIdleSeconds,
    int writeStallSeconds,
    int connectMillis,
    int firstByteSeconds,
    int upstreamIdleSeconds,
    int drainSeconds,
    int lingerSeconds,
    int tcpKeepAliveSeconds) {

  static final Bounds SECONDS = Bounds.orNone(7 * 86_400);
  static final Bounds LINGER_SECONDS = Bounds.of(1, 3600);
  static final Bounds TCP_KEEP_ALIVE_SECONDS = new Bounds(0, 7200, "it never asks");
  static final Bounds MILLIS = Bounds.orNone(600_000);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a number is out of its bounds
   */
  public TimeoutsConfig {
    SECONDS.check("headSeconds", headSeconds);
    SECONDS.check("keepAliveSeconds", keepAliveSeconds);
    SECONDS.check("bodyIdleSeconds", bodyIdleSeconds);
    SECONDS.check("writeStallSeconds", writeStallSeconds);
    MILLIS.check("connectMillis", connectMillis);
    SECONDS.check("firstByteSeconds", firstByteSeconds);
    SECONDS.check("upstreamIdleSeconds", upstreamIdleSeconds);
    SECONDS.check("drainSeconds", drainSeconds);
    LINGER_SECONDS.check("lingerSeconds", lingerSeconds);
    TCP_KEEP_ALIVE_SECONDS.check("tcpKeepAliveSeconds", tcpKeepAliveSeconds);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return the defaults above
   */
  public static TimeoutsConfig defaults() {
    return new TimeoutsConfig(10, 75, 60, 60, 3000, 3600, 600, 30, 30, 60);
  }

  /** What stands in the file, or the default of what doesn't. */
  static TimeoutsConfig read(Block block) {
    TimeoutsConfig defaults = defaults();
    return new TimeoutsConfig(
        block.whole("headSeconds", defaults.headSeconds(), SECONDS),
        block.whole("keepAliveSeconds", defaults.keepAliveSeconds(), SECONDS),
        block.whole("bodyIdleSeconds", defaults.bodyIdleSeconds(), SECONDS),
        block.whole("writeStallSeconds", defaults.writeStallSeconds(), SECONDS),
        block.whole("connectMillis", defaults.connectMillis(), MILLIS),
        block.whole("firstByteSeconds", defaults.firstByteSeconds(), SECONDS),
        block.whole("upstreamIdleSeconds", defaults.upstreamIdleSeconds(), SECONDS),
        block.whole("drainSeconds", defaults.drainSeconds(), SECONDS),
        block.whole("lingerSeconds", defaults.lingerSeconds(), LINGER_SECONDS),
        block.whole("tcpKeepAliveSeconds", defaults.tcpKeepAliveSeconds(), TCP_KEEP_ALIVE_SECONDS));
  }
}
