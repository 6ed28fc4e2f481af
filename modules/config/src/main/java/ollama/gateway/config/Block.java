package ollama.gateway.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One object of the file, read by name. A setting that is absent, {@code null}, or wrong is given
 * its default; only what is wrong is a problem.
 *
 * <p>What is asked of each of 100,000 keys makes no lambda: most of them lack most settings.
 */
final class Block {
  private static final String EDITORS_SCHEMA = "$schema";
  private static final String SET_TWICE = "this is set twice: keep one of them";
  private static final int SHOWN_NAME_LENGTH_MAX = 64;

  private final Values values;
  private final Section section;
  private final String path;
  private final int start;

  /** By the positions of their names in the section. */
  private final @Nullable Json[] found;

  private Block(Values values, Section section, String path, int start) {
    this.values = values;
    this.section = section;
    this.path = path;
    this.start = start;
    this.found = new @Nullable Json[section.names().size()];
  }

  /** Looks at every name of the object. */
  static Block of(Values values, Section section, String path, Json.Obj object) {
    Block block = new Block(values, section, path, object.start());
    boolean[] seen = new boolean[block.found.length];
    boolean schemaSeen = false;
    for (Json.Member member : object.members()) {
      int position = section.position(member.name());
      if (position >= 0) {
        block.take(position, member, seen);
      } else if (section == Section.FILE && member.name().equals(EDITORS_SCHEMA)) {
        block.editorsSchema(member, schemaSeen);
        schemaSeen = true;
      } else {
        block.unknown(member);
      }
    }
    return block;
  }

  private void take(int position, Json.Member member, boolean[] seen) {
    String name = section.names().get(position);
    if (seen[position]) {
      values.problems().error(pathOf(name), member.start(), SET_TWICE);
      return;
    }
    seen[position] = true;
    if (!member.name().equals(name)) {
      values
          .problems()
          .warning(
              pathOf(name), member.start(), "this is spelled \"" + name + "\": correct its case");
    }
    if (!isDefault(member.value())) {
      found[position] = member.value();
    }
  }

  /** Where an editor finds the schema of the file: no setting, so nothing in it is expanded. */
  private void editorsSchema(Json.Member member, boolean seen) {
    if (seen) {
      values.problems().error(EDITORS_SCHEMA, member.start(), SET_TWICE);
    } else if (!(member.value() instanceof Json.Text || member.value() instanceof Json.Null)) {
      values.notText(EDITORS_SCHEMA, member.value());
    }
  }

  private boolean isDefault(Json value) {
    boolean empty =
        (value instanceof Json.Num(_, _, String digits) && digits.equals("0"))
            || (value instanceof Json.Text(_, _, String text) && text.isEmpty());
    return value instanceof Json.Null || (section.isEmptyDefault() && empty);
  }

  private void unknown(Json.Member member) {
    // Among the keys, a name may be a key that somebody wrote in the wrong form.
    String shown = section == Section.API_KEY ? path : pathOf(shown(member.name()));
    // Looking for the nearest name takes long, and what is only counted needs none.
    String hint = values.problems().isFull() ? "" : section.hint(member.name());
    values.problems().error(shown, member.start(), "unknown setting; " + hint);
  }

  private static String shown(String name) {
    String printable = name.replaceAll("\\p{C}", "?");
    return printable.length() <= SHOWN_NAME_LENGTH_MAX
        ? printable
        : printable.substring(0, SHOWN_NAME_LENGTH_MAX) + "…";
  }

  Values values() {
    return values;
  }

  String pathOf(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** A value that isn't the default. */
  Optional<Json> value(String name) {
    int position = section.names().indexOf(name);
    if (position < 0) {
      throw new IllegalArgumentException(section + " has no " + name);
    }
    return Optional.ofNullable(found[position]);
  }

  /** Says that a setting without a default isn't there. */
  void missing(String name, String message) {
    values.problems().error(pathOf(name), start, message);
  }

  /** Says that what a setting has doesn't go with another one. */
  void wrong(String name, String message) {
    values.problems().error(pathOf(name), value(name).map(Json::start).orElse(start), message);
  }

  /** Says that what a setting has is hardly meant. */
  void doubtful(String name, String message) {
    value(name).ifPresent(v -> values.problems().warning(pathOf(name), v.start(), message));
  }

  int whole(String name, int fallback, Bounds bounds) {
    return Math.toIntExact(wholeLong(name, fallback, bounds));
  }

  long wholeLong(String name, long fallback, Bounds bounds) {
    Optional<Json> value = value(name);
    return value.isEmpty()
        ? fallback
        : values.whole(pathOf(name), value.get(), bounds).orElse(fallback);
  }

  /** A number above 0, maybe with a fraction. */
  double number(String name, double fallback, int max) {
    return value(name).flatMap(v -> values.number(pathOf(name), v, max)).orElse(fallback);
  }

  boolean flag(String name, boolean fallback) {
    Optional<Json> value = value(name);
    return value.isEmpty() ? fallback : values.flag(pathOf(name), value.get()).orElse(fallback);
  }

  <T> T text(String name, T fallback, Function<String, T> parse) {
    Optional<Json> value = value(name);
    return value.isEmpty()
        ? fallback
        : values.text(pathOf(name), value.get(), parse).orElse(fallback);
  }

  List<Json> list(String name) {
    Optional<Json> value = value(name);
    return value.isEmpty() ? List.of() : values.list(pathOf(name), value.get()).orElse(List.of());
  }

  /** A list of texts; what is wrong in it is left out. */
  <T> List<T> texts(String name, Function<String, T> parse) {
    List<T> texts = new ArrayList<>();
    List<Json> items = list(name);
    for (int i = 0; i < items.size(); i++) {
      Optional<T> text = values.text(pathOf(name) + "[" + i + "]", items.get(i), parse);
      if (text.isPresent()) {
        texts.add(text.get());
      }
    }
    return texts;
  }

  /** A text, or a list of at least one; what is wrong in it is left out. */
  <T> List<T> textOrTexts(String name, List<T> fallback, Function<String, T> parse) {
    Optional<Json> found = value(name);
    if (found.isEmpty()) {
      return fallback;
    }
    Json value = found.get();
    if (value instanceof Json.Text) {
      return values.text(pathOf(name), value, parse).map(List::of).orElse(List.of());
    }
    boolean isList = value instanceof Json.Arr;
    if (isList && !list(name).isEmpty()) {
      return texts(name, parse);
    }
    wrong(
        name,
        "expected a text in double quotes, or a list of them, found "
            + (isList ? "an empty list" : value.kind()));
    return fallback;
  }

  /** An object in this one; what isn't there is an empty object. */
  Block block(Section inner) {
    String name = inner.path();
    Json.Obj empty = new Json.Obj(start, start, List.of());
    Json value = value(name).orElse(empty);
    if (value instanceof Json.Obj object) {
      return of(values, inner, pathOf(name), object);
    }
    values
        .problems()
        .error(pathOf(name), value.start(), "expected an object in { }, found " + value.kind());
    return of(values, inner, pathOf(name), empty);
  }
}
