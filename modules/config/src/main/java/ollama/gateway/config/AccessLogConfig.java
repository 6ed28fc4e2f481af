package ollama.gateway.config;

import java.util.regex.Pattern;

/**
 * A line for each request that has ended, for programs to read; beside what {@code logging} tells
 * people on standard error.
 *
 * @param format {@code off}, {@code text}, {@code json}, or {@code combined}, which is that of
 *     Apache and nginx; default {@code off}
 * @param file where the lines go, such as {@code access.log}; a relative one is below the folder of
 *     the settings file; it is opened anew with each reload, so that it may have been moved away;
 *     by default standard output
 * @param maxBytes how large it may become, 0 (no limit) to 1000000000000; then it takes the name
 *     with {@code .1} at its end, instead of the one before, and a new one begins; default
 *     104857600
 */
public record AccessLogConfig(String format, String file, long maxBytes) {

  /** No lines. */
  public static final String OFF = "off";

  static final Bounds MAX_BYTES = Bounds.orNone(1_000_000_000_000L);

  private static final Pattern FORMAT = Pattern.compile("off|text|json|combined");

  /**
   * Checks them.
   *
   * @throws IllegalArgumentException if one isn't what it is to be
   */
  public AccessLogConfig {
    checkFormat(format);
    TlsConfig.checkPath(file);
    MAX_BYTES.check("maxBytes", maxBytes);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return no lines
   */
  public static AccessLogConfig defaults() {
    return new AccessLogConfig(OFF, "", 100 << 20);
  }

  /** Whether there are any. */
  public boolean isOn() {
    return !format.equals(OFF);
  }

  /** What stands in the file, or the default of what doesn't. */
  static AccessLogConfig read(Block block) {
    AccessLogConfig defaults = defaults();
    return new AccessLogConfig(
        block.text("format", defaults.format(), AccessLogConfig::checkFormat),
        block.text("file", "", TlsConfig::checkPath),
        block.wholeLong("maxBytes", defaults.maxBytes(), MAX_BYTES));
  }

  private static String checkFormat(String format) {
    if (!FORMAT.matcher(format).matches()) {
      throw new IllegalArgumentException("expected \"off\", \"text\", \"json\" or \"combined\"");
    }
    return format;
  }
}
