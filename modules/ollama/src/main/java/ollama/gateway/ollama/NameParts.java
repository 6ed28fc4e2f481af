package ollama.gateway.ollama;

import java.util.Set;

/**
 * A model's name in its parts, as Ollama cuts them: {@code host/namespace/kind/model:tag}, of which
 * only the model has to be there. A part that isn't there is empty; the parts aren't checked.
 */
record NameParts(String host, String namespace, String kind, String model, String tag) {
  static final String HOST = "registry.ollama.ai";
  static final String NAMESPACE = "library";
  static final String TAG = "latest";

  private static final int HOST_LENGTH_MAX = 350;
  private static final int PART_LENGTH_MAX = 80;

  /** In Ollama's place of a part that a separator promised and that is empty. */
  private static final String MISSING = "!";

  private static final Set<String> KINDS = Set.of("skill", "agent", "mcp");

  /** Cuts a name into its parts. */
  static NameParts of(String name) {
    String rest = name;
    String tag = "";
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = promised(rest.substring(colon + 1));
      rest = promised(rest.substring(0, colon));
    }
    int slash = rest.lastIndexOf('/');
    if (slash < 0) {
      return new NameParts("", "", "", rest, tag);
    }
    String model = promised(rest.substring(slash + 1));
    rest = promised(rest.substring(0, slash));
    String kind = "";
    slash = rest.lastIndexOf('/');
    if (slash >= 0 && KINDS.contains(rest.substring(slash + 1))) {
      kind = rest.substring(slash + 1);
      rest = promised(rest.substring(0, slash));
      slash = rest.lastIndexOf('/');
    }
    if (slash < 0) {
      return new NameParts("", rest, kind, model, tag);
    }
    String namespace = promised(rest.substring(slash + 1));
    return new NameParts(host(promised(rest.substring(0, slash))), namespace, kind, model, tag);
  }

  /** The same with Ollama's defaults for what isn't there. */
  NameParts filled(String defaultTag) {
    return new NameParts(
        host.isEmpty() ? HOST : host,
        namespace.isEmpty() ? NAMESPACE : namespace,
        kind,
        model,
        tag.isEmpty() ? defaultTag : tag);
  }

  /**
   * Whether each part is there and has the characters and the length that it may have.
   *
   * @param star whether a star is such a character
   */
  boolean isValid(boolean star) {
    return isValid(host, HOST_LENGTH_MAX, ".:", star)
        && isValid(namespace, PART_LENGTH_MAX, "", star)
        && isValid(model, PART_LENGTH_MAX, ".", star)
        && isValid(tag, PART_LENGTH_MAX, ".", star);
  }

  private static boolean isValid(String part, int lengthMax, String others, boolean star) {
    if (part.isEmpty() || part.length() > lengthMax) {
      return false;
    }
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      boolean anywhere = isWordCharacter(c) || (star && c == '*');
      if (!anywhere && (i == 0 || (c != '-' && others.indexOf(c) < 0))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isWordCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  private static String host(String text) {
    int scheme = text.indexOf("://");
    return scheme < 0 ? text : text.substring(scheme + 3);
  }

  private static String promised(String part) {
    return part.isEmpty() ? MISSING : part;
  }
}
