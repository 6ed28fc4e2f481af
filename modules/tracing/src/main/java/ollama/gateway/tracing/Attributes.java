package ollama.gateway.tracing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** What is said of a span, by names; in the order in which it is put. For one thread at a time. */
public final class Attributes {

  /** Longer texts are cut. */
  static final int TEXT_CHARS_MAX = 1024;

  private final List<String> names = new ArrayList<>();
  private final List<Object> values = new ArrayList<>();

  /** None yet. */
  public Attributes() {}

  /** Puts a text, unless it is empty. */
  public Attributes put(String name, String value) {
    return value.isEmpty() ? this : add(name, value);
  }

  /** Puts a whole number. */
  public Attributes put(String name, long value) {
    return add(name, value);
  }

  /** Puts a number. */
  public Attributes put(String name, double value) {
    return add(name, value);
  }

  /** Puts true or false. */
  public Attributes put(String name, boolean value) {
    return add(name, value);
  }

  private Attributes add(String name, Object value) {
    names.add(name);
    values.add(value);
    return this;
  }

  /** Shows each, a value being a text, a {@code Long}, a {@code Double} or a {@code Boolean}. */
  void forEach(BiConsumer<String, Object> to) {
    for (int i = 0; i < names.size(); i++) {
      to.accept(names.get(i), values.get(i));
    }
  }
}
