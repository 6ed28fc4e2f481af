import java.util.Locale;

/** How the types of the records are called outside of Java. */
final class Names {
  private Names() {}

  /** What a list holds; empty if the type isn't one. */
  static String item(String type) {
    return type.startsWith("List<") ? type.substring(5, type.length() - 1) : "";
  }

  /** Whether the type is an object whose members aren't known. */
  static boolean isMap(String type) {
    return type.startsWith("Map<") || isOptions(type);
  }

  /** Whether the type is an object of options, of which the documentation has the names. */
  static boolean isOptions(String type) {
    return type.equals("OptionsPolicy");
  }

  /** Whether the values of such an object are lists of texts. */
  static boolean isMapOfLists(String type) {
    return isMap(type) && type.contains("List<");
  }

  /** {@code ApiKey} as {@code apiKey}. */
  static String definition(String type) {
    return type.substring(0, 1).toLowerCase(Locale.ROOT) + type.substring(1);
  }

  /** {@code ApiKey} as {@code API key}. */
  static String words(String type) {
    String words = type.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    return words.replaceAll("\\bapi\\b", "API").replaceAll("\\bollama\\b", "Ollama");
  }

  /** A regular expression for the text in any case. */
  static String anyCase(String text) {
    StringBuilder pattern = new StringBuilder();
    for (char c : text.toCharArray()) {
      char upper = Character.toUpperCase(c);
      pattern.append(upper == c ? String.valueOf(c) : "[" + c + upper + "]");
    }
    return pattern.toString();
  }
}
