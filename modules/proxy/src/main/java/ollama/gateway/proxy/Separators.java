package ollama.gateway.proxy;

import java.util.function.Predicate;

/** Characters that stand between the parts of a text; several in a row are one. */
final class Separators {

  private final String characters;
  private final boolean areThese;

  private Separators(String characters, boolean areThese) {
    this.characters = characters;
    this.areThese = areThese;
  }

  static Separators of(String characters) {
    return new Separators(characters, true);
  }

  static Separators allBut(String characters) {
    return new Separators(characters, false);
  }

  boolean has(char c) {
    return (characters.indexOf(c) >= 0) == areThese;
  }

  /** Where the first that is none stands at or behind {@code from}, or the text's end. */
  int skip(String text, int from) {
    int i = from;
    while (i < text.length() && has(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Where the first stands at or behind {@code from}, or the text's end. */
  int next(String text, int from) {
    int i = from;
    while (i < text.length() && !has(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Whether {@code test} holds for a part. */
  boolean anyPart(String text, Predicate<String> test) {
    for (int from = skip(text, 0); from < text.length(); ) {
      int end = next(text, from);
      if (test.test(text.substring(from, end))) {
        return true;
      }
      from = skip(text, end);
    }
    return false;
  }
}
