package ollama.gateway.config;

import java.util.List;

/**
 * A value of the file that knows where it stands: from the offset of its first character to the one
 * after its last.
 */
sealed interface Json {
  int start();

  int end();

  /** A string, its escapes resolved, its variables not yet. */
  record Text(int start, int end, String value) implements Json {}

  /** A number as it is written. */
  record Num(int start, int end, String digits) implements Json {}

  /** {@code true} or {@code false}. */
  record Flag(int start, int end, boolean value) implements Json {}

  /** {@code null}. */
  record Null(int start, int end) implements Json {}

  /** A list. */
  record Arr(int start, int end, List<Json> items) implements Json {}

  /** An object, its members in the order of the file; a name may be there twice. */
  record Obj(int start, int end, List<Member> members) implements Json {}

  /** A name, which starts at an offset too, and its value. */
  record Member(int start, String name, Json value) {}

  /** What it is, for messages: never its content, which may be a key or a password. */
  default String kind() {
    return switch (this) {
      case Text _ -> "a text";
      case Num _ -> "a number";
      case Flag(_, _, boolean value) -> String.valueOf(value);
      case Null _ -> "null";
      case Arr _ -> "a list";
      case Obj _ -> "an object";
    };
  }
}
