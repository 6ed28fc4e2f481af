package ollama.gateway.config;

/**
 * The page at {@code /gateway/} that shows administrators what goes on. It takes a key that is
 * marked admin to log in, and is off as long as there is none.
 *
 * @param enabled whether there is such a page; default true
 * @param sessionMinutes how long a login lasts without a use, which an open page is, and a twelfth
 *     of how long it lasts at most; 1 to 1440; default 60
 * @param viewers how many pages may be open at once; 1 to 10000; default 50
 */
public record StatusPageConfig(boolean enabled, int sessionMinutes, int viewers) {

  static final Bounds SESSION_MINUTES = Bounds.of(1, 1440);
  static final Bounds VIEWERS = Bounds.of(1, 10_000);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a number is out of its bounds
   */
  public StatusPageConfig {
    SESSION_MINUTES.check("sessionMinutes", sessionMinutes);
    VIEWERS.check("viewers", viewers);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return a page for fifty viewers
   */
  public static StatusPageConfig defaults() {
    return new StatusPageConfig(true, 60, 50);
  }

  /** What stands in the file, or the default of what doesn't. */
  static StatusPageConfig read(Block block) {
    StatusPageConfig defaults = defaults();
    return new StatusPageConfig(
        block.flag("enabled", defaults.enabled()),
        block.whole("sessionMinutes", defaults.sessionMinutes(), SESSION_MINUTES),
        block.whole("viewers", defaults.viewers(), VIEWERS));
  }
}
