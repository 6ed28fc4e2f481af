package ollama.gateway.config;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Changes to lists and objects of a text, in the style of what stands around them. */
final class Splices {
  private static final String INDENT = "  ";

  private Splices() {}

  /** Puts one more item at a list's end. */
  static void append(TextEdits edits, String text, Json.Arr list, String item) {
    if (list.items().isEmpty()) {
      edits.insert(list.start() + 1, firstSeparator(text, list.start(), list.end()) + item);
      return;
    }
    Json last = list.items().getLast();
    String before = whiteSpaceBefore(text, last.start());
    boolean single = list.items().size() == 1;
    String separator = before.isEmpty() && single ? " " : before;
    edits.insert(last.end(), "," + separator + item);
  }

  /** Puts one more member at an object's end. */
  static void append(TextEdits edits, String text, Json.Obj object, String name, String json) {
    String member = '"' + name + "\": " + json;
    if (object.members().isEmpty()) {
      String separator = firstSeparator(text, object.start(), object.end());
      edits.insert(object.start() + 1, separator + member);
      return;
    }
    Json.Member last = object.members().getLast();
    String before = whiteSpaceBefore(text, last.start());
    edits.insert(last.value().end(), "," + (before.isEmpty() ? " " : before) + member);
  }

  /** Gives a member this value, or puts it at the object's end. */
  static void set(TextEdits edits, String text, Json.Obj object, String name, String json) {
    Optional<Json.Member> member = member(object, name);
    if (member.isPresent()) {
      edits.replace(member.get().value().start(), member.get().value().end(), json);
    } else {
      append(edits, text, object, name, json);
    }
  }

  /** Removes a member, if it is there, and the comma that it needed. */
  static void remove(TextEdits edits, Json.Obj object, String name) {
    Optional<Json.Member> member = member(object, name);
    if (member.isEmpty()) {
      return;
    }
    List<Json.Member> all = object.members();
    int index = all.indexOf(member.get());
    int end = member.get().value().end();
    if (index > 0) {
      edits.remove(all.get(index - 1).value().end(), end);
    } else {
      edits.remove(member.get().start(), all.size() > 1 ? all.get(1).start() : end);
    }
  }

  /** Removes items, by their positions from 0, and the commas that they needed. */
  static void remove(TextEdits edits, Json.Arr list, Set<Integer> positions) {
    List<Json> items = list.items();
    if (positions.size() == items.size()) {
      // What stands before the closing bracket stays, and with it the bracket's own line.
      edits.remove(list.start() + 1, items.getLast().end());
      return;
    }
    boolean leading = true;
    for (int i = 0; i < items.size(); i++) {
      leading &= positions.contains(i);
      if (leading) {
        edits.remove(items.get(i).start(), items.get(i + 1).start());
      } else if (positions.contains(i)) {
        edits.remove(items.get(i - 1).end(), items.get(i).end());
      }
    }
  }

  /** The member that is read under this name, in whatever case it is written. */
  static Optional<Json.Member> member(Json.Obj object, String name) {
    return object.members().stream().filter(m -> m.name().equalsIgnoreCase(name)).findFirst();
  }

  /** Between empty brackets that stand on two lines, a line with one indent more; else nothing. */
  private static String firstSeparator(String text, int start, int end) {
    String inside = text.substring(start + 1, end - 1);
    int lineEnd = inside.lastIndexOf('\n');
    if (lineEnd < 0) {
      return "";
    }
    String newLine = inside.startsWith("\r\n", lineEnd - 1) ? "\r\n" : "\n";
    String indent = inside.substring(lineEnd + 1);
    return newLine + indent + (indent.startsWith("\t") ? "\t" : INDENT);
  }

  private static String whiteSpaceBefore(String text, int offset) {
    int start = offset;
    while (start > 0 && isWhiteSpace(text.charAt(start - 1))) {
      start--;
    }
    return text.substring(start, offset);
  }

  private static boolean isWhiteSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }
}
