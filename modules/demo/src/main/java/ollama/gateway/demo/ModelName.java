package ollama.gateway.demo;

import java.util.regex.Pattern;

/** Names of models: {@code [host/][namespace/]model[:tag]}. */
final class ModelName {

  private static final int CHARS_MAX = 350;
  private static final String PART = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}";
  private static final Pattern VALID =
      Pattern.compile("(" + PART + "(:[0-9]{1,5})?/)?(" + PART + "/)?" + PART + "(:" + PART + ")?");

  private ModelName() {}

  /** Whether a model can be called so. */
  static boolean isValid(String name) {
    return name.length() <= CHARS_MAX && VALID.matcher(name).matches();
  }

  /** The name with its tag, which is {@code latest} when it isn't given. */
  static String withTag(String name) {
    return name.indexOf(':', name.lastIndexOf('/') + 1) < 0 ? name + ":latest" : name;
  }
}
