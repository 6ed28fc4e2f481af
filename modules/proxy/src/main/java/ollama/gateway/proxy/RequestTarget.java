package ollama.gateway.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * What a request asks for, without the key that its path may have carried.
 *
 * <p>Several slashes are one, wherever they stand in the path: who joins a base URL that ends with
 * one and a path that begins with one means the path, no route of Ollama has an empty segment, and
 * so each path has one spelling before anything is decided by it. (Ollama itself redirects such a
 * request, which clients don't follow with a POST.)
 *
 * @param target what is forwarded, {@code /path?query} or {@code *}
 * @param path the target up to the query
 * @param keyPlace {@code /k/KEY} as the client wrote it; empty without one
 */
record RequestTarget(String target, String path, String keyPlace) {

  private static final String KEY_PREFIX = "/k/";

  /**
   * Reads a target as it was received.
   *
   * @param mayCarryKey whether {@code /k/KEY} before the path is a key
   */
  static RequestTarget of(String received, boolean mayCarryKey) {
    String merged = mergeSlashes(received);
    int keyEnd = mayCarryKey ? keyEnd(merged) : 0;
    String rest = merged.substring(keyEnd);
    // Behind the key may stand nothing, or a query at once.
    String target = keyEnd == 0 || rest.startsWith("/") ? rest : "/" + rest;
    return new RequestTarget(
        target, target.substring(0, pathEnd(target)), merged.substring(0, keyEnd));
  }

  /** The key of the path, decoded, one character for each byte. */
  Optional<String> key() {
    return keyPlace.isEmpty()
        ? Optional.empty()
        : Optional.of(Percent.decode(keyPlace.substring(KEY_PREFIX.length())));
  }

  /** The values of a parameter of the query, decoded, in their order. */
  List<String> parameters(String name) {
    List<String> values = new ArrayList<>();
    for (String parameter : query()) {
      if (isNamed(parameter, name)) {
        int equals = parameter.indexOf('=');
        values.add(equals < 0 ? "" : Percent.decode(parameter.substring(equals + 1)));
      }
    }
    return values;
  }

  /** The same target without a parameter; no question mark is left where there was no other. */
  RequestTarget without(String name) {
    StringJoiner rest = new StringJoiner("&", "?", "").setEmptyValue("");
    for (String parameter : query()) {
      if (!isNamed(parameter, name)) {
        rest.add(parameter);
      }
    }
    return new RequestTarget(path + rest, path, keyPlace);
  }

  /** The same target with one value of a parameter, in the place of all that it has. */
  RequestTarget with(String name, String value) {
    RequestTarget rest = without(name);
    String separator = rest.target().length() == path.length() ? "?" : "&";
    return new RequestTarget(
        rest.target() + separator + name + "=" + Percent.encode(value), path, keyPlace);
  }

  /** The same target with another path, in which nothing is encoded yet. */
  RequestTarget withPath(String other) {
    String encoded = Percent.encode(other);
    return new RequestTarget(encoded + target.substring(path.length()), encoded, keyPlace);
  }

  private String[] query() {
    int length = path.length();
    return target.length() > length ? target.substring(length + 1).split("&", -1) : new String[0];
  }

  private static boolean isNamed(String parameter, String name) {
    int equals = parameter.indexOf('=');
    String written = equals < 0 ? parameter : parameter.substring(0, equals);
    return Percent.decode(written).equals(name);
  }

  private static String mergeSlashes(String target) {
    int end = pathEnd(target);
    int first = target.indexOf("//");
    if (first < 0 || first >= end) {
      return target;
    }
    StringBuilder merged = new StringBuilder(target.length());
    for (int i = 0; i < end; i++) {
      char c = target.charAt(i);
      if (c != '/' || i == 0 || target.charAt(i - 1) != '/') {
        merged.append(c);
      }
    }
    return merged.append(target, end, target.length()).toString();
  }

  /** Where the key of {@code /k/KEY/…} ends, or 0 for another path. */
  private static int keyEnd(String target) {
    if (!target.startsWith(KEY_PREFIX)) {
      return 0;
    }
    int slash = target.indexOf('/', KEY_PREFIX.length());
    int end = pathEnd(target);
    return slash < 0 || slash > end ? end : slash;
  }

  private static int pathEnd(String target) {
    int query = target.indexOf('?');
    return query < 0 ? target.length() : query;
  }
}
