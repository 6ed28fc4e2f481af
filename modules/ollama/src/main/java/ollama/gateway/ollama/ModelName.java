package ollama.gateway.ollama;

import java.util.Locale;
import java.util.Optional;

/**
 * A model's name as Ollama takes it: {@code tiny}, {@code Tiny:latest} and {@code
 * registry.ollama.ai/library/tiny} are one. Names are equal whatever the case of their letters.
 *
 * <p>A source behind the name is taken as Ollama takes it: {@code x:local} is {@code x}, and {@code
 * x:7b:cloud} is {@code x:7b-cloud}. A part that is a <em>kind</em> ({@code skill}, {@code agent},
 * {@code mcp}) stands before the model.
 */
public final class ModelName {
  private static final String CLOUD = "cloud";
  private static final String CLOUD_ENDING = "-cloud";
  private static final String LOCAL = "local";

  private final NameParts parts;
  private final String text;

  private ModelName(NameParts parts) {
    this.parts = parts;
    text = shortest(parts);
  }

  /**
   * The name that a client's text means; empty if Ollama takes it for none. White space around it
   * doesn't count.
   */
  public static Optional<ModelName> of(String text) {
    String name = strip(text);
    int colon = name.lastIndexOf(':');
    String source = colon < 0 ? "" : sourceOf(name.substring(colon + 1));
    if (!source.isEmpty()) {
      String base = base(name, colon);
      int second = base.lastIndexOf(':');
      if (second >= 0 && !sourceOf(base.substring(second + 1)).isEmpty()) {
        return Optional.empty();
      }
      name = source.equals(LOCAL) ? base : cloud(base);
    }
    // Letters beyond ASCII aren't valid, so that lower case never makes valid what wasn't.
    NameParts parts = NameParts.of(name).filled(NameParts.TAG);
    return parts.isValid(false) ? Optional.of(new ModelName(lower(parts))) : Optional.empty();
  }

  /** The model's name alone: {@code tiny} of {@code me/tiny:7b}. */
  public String model() {
    return parts.model();
  }

  /** What is behind the colon, {@code latest} if nothing was. */
  public String tag() {
    return parts.tag();
  }

  /**
   * Whether the name says that it runs at ollama.com, on the account which the server is signed in
   * with. A server may have a model under any other name that does so too, which only its list of
   * models tells.
   */
  public boolean isCloud() {
    return parts.tag().equals(CLOUD) || parts.tag().endsWith(CLOUD_ENDING);
  }

  NameParts parts() {
    return parts;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelName name && text.equals(name.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** In lower case, with its tag, without a host or namespace that is Ollama's default. */
  @Override
  public String toString() {
    return text;
  }

  private static String shortest(NameParts parts) {
    StringBuilder text = new StringBuilder(48);
    if (!parts.host().equals(NameParts.HOST)) {
      text.append(parts.host()).append('/').append(parts.namespace()).append('/');
    } else if (!parts.namespace().equals(NameParts.NAMESPACE) || !parts.kind().isEmpty()) {
      text.append(parts.namespace()).append('/');
    }
    if (!parts.kind().isEmpty()) {
      text.append(parts.kind()).append('/');
    }
    return text.append(parts.model()).append(':').append(parts.tag()).toString();
  }

  private static NameParts lower(NameParts parts) {
    return new NameParts(
        lower(parts.host()),
        lower(parts.namespace()),
        parts.kind(),
        lower(parts.model()),
        lower(parts.tag()));
  }

  private static String lower(String part) {
    return part.toLowerCase(Locale.ROOT);
  }

  /** Which source an ending names, with which ending it does; empty if none. */
  private static String sourceOf(String behindColon) {
    String ending = lower(strip(behindColon));
    if (ending.equals(CLOUD) || ending.equals(LOCAL)) {
      return ending;
    }
    return ending.endsWith(CLOUD_ENDING) && ending.indexOf('/') < 0 ? CLOUD_ENDING : "";
  }

  private static String base(String name, int colon) {
    String ending = strip(name.substring(colon + 1));
    return sourceOf(ending).equals(CLOUD_ENDING)
        ? name.substring(0, colon + 1)
            + ending.substring(0, ending.length() - CLOUD_ENDING.length())
        : name.substring(0, colon);
  }

  private static String cloud(String base) {
    return base.lastIndexOf(':') > base.lastIndexOf('/') ? base + CLOUD_ENDING : base + ':' + CLOUD;
  }

  /** Without Go's white space around it, which isn't Java's. */
  private static String strip(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isSpace(char c) {
    return (c >= '\t' && c <= '\r') || c == '\u0085' || Character.isSpaceChar(c);
  }
}
