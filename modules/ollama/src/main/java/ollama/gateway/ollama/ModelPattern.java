package ollama.gateway.ollama;

import java.util.Locale;
import java.util.Optional;

/**
 * Which models are meant: a model's name in which a star stands for any characters of one part.
 *
 * <table>
 * <caption>Patterns</caption>
 * <tr><td>{@code *}</td><td>every model, of every host</td></tr>
 * <tr><td>{@code tiny}</td><td>{@code tiny:latest} alone</td></tr>
 * <tr><td>{@code tiny:*}</td><td>{@code tiny} with any tag</td></tr>
 * <tr><td>{@code llama*}</td><td>{@code llama3:8b}, {@code llama-guard:latest}: with a star and
 *     without a tag any tag is meant; never {@code me/llama3}</td></tr>
 * <tr><td>{@code me/*}</td><td>every model of the namespace {@code me} at ollama.com</td></tr>
 * <tr><td>{@code hf.co/*}{@code /*}</td><td>every model of another host</td></tr>
 * </table>
 *
 * <p>A star may stand for {@code cloud}, too: whoever minds asks {@link ModelName#isCloud()}.
 */
public final class ModelPattern {
  private static final String ANY = "*";

  private final String text;
  private final NameParts parts;

  private ModelPattern(String text, NameParts parts) {
    this.text = text;
    this.parts = parts;
  }

  /** The pattern of a text; empty if no name could ever fit. */
  public static Optional<ModelPattern> of(String text) {
    if (text.equals(ANY)) {
      return Optional.of(new ModelPattern(ANY, new NameParts(ANY, ANY, ANY, ANY, ANY)));
    }
    if (text.indexOf('*') < 0) {
      return ModelName.of(text).map(name -> new ModelPattern(name.toString(), name.parts()));
    }
    String lower = text.toLowerCase(Locale.ROOT);
    NameParts cut = NameParts.of(lower);
    NameParts parts = cut.filled(cut.model().contains(ANY) ? ANY : NameParts.TAG);
    // What is longer than a name without its stars fits none, and costs nothing else.
    return parts.isValid(true) ? Optional.of(new ModelPattern(lower, parts)) : Optional.empty();
  }

  /** Whether this model is meant. It takes no longer than the product of both lengths. */
  public boolean matches(ModelName name) {
    NameParts other = name.parts();
    return fits(parts.host(), other.host())
        && fits(parts.namespace(), other.namespace())
        && fits(parts.kind(), other.kind())
        && fits(parts.model(), other.model())
        && fits(parts.tag(), other.tag());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ModelPattern pattern && text.equals(pattern.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As it was given, in lower case; a name without a star in its shortest form. */
  @Override
  public String toString() {
    return text;
  }

  private static boolean fits(String pattern, String part) {
    int at = 0;
    int in = 0;
    int star = -1;
    int retry = 0;
    while (in < part.length()) {
      if (at < pattern.length() && pattern.charAt(at) == '*') {
        star = at++;
        retry = in;
      } else if (at < pattern.length() && pattern.charAt(at) == part.charAt(in)) {
        at++;
        in++;
      } else if (star >= 0) {
        at = star + 1;
        in = ++retry;
      } else {
        return false;
      }
    }
    while (at < pattern.length() && pattern.charAt(at) == '*') {
      at++;
    }
    return at == pattern.length();
  }
}
