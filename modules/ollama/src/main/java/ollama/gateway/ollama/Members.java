package ollama.gateway.ollama;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An object of a body: those of its members that matter, and what is changed of them. */
final class Members {

  /**
   * Which members matter.
   *
   * @param names in lower case
   * @param objects those of them that are objects
   * @param isExact whether Ollama knows them in lower case alone
   */
  record Shape(List<String> names, Map<String, Shape> objects, boolean isExact) {}

  private static final int NOWHERE = -1;
  private static final int BAD_REQUEST = 400;

  /** Behind its brace. */
  private final int begin;

  /** What it is a member of, for messages; empty for the body itself. */
  private final String path;

  private final Map<String, Member> found = new HashMap<>();
  private final Map<String, Members> objects = new HashMap<>();
  private final StringBuilder added = new StringBuilder();
  private boolean isEmpty = true;

  private Members(int begin, String path) {
    this.begin = begin;
    this.path = path;
  }

  /**
   * The members of the object of which the first token was just read.
   *
   * @param path what it is a member of; empty for the body itself
   * @throws OptionsRefusedException if they can be read in two ways, or not at all
   */
  static Members read(JsonReader reader, byte[] body, Shape shape, String path)
      throws OptionsRefusedException {
    Members members = new Members(reader.tokenEnd(), path);
    while (reader.next() == JsonReader.Token.NAME) {
      members.isEmpty = false;
      String name = name(reader, shape);
      if (name.isEmpty()) {
        JsonReader.Token _ = reader.skipValue();
      } else {
        members.take(reader, body, shape, name);
      }
    }
    if (reader.token() != JsonReader.Token.END_OBJECT) {
      throw unreadable();
    }
    return members;
  }

  /** Of bodies of which nothing can be told. */
  static OptionsRefusedException unreadable() {
    return new OptionsRefusedException(
        BAD_REQUEST,
        "The options of this API key hold for the request, and its body isn't a whole JSON object:"
            + " send one");
  }

  /** The name of a member that matters; else empty. */
  private static String name(JsonReader reader, Shape shape) {
    for (String name : shape.names()) {
      if (reader.isLike(name)) {
        return name;
      }
    }
    return "";
  }

  private void take(JsonReader reader, byte[] body, Shape shape, String name)
      throws OptionsRefusedException {
    if (found.containsKey(name)) {
      throw new OptionsRefusedException(
          BAD_REQUEST,
          "The body has " + where(name) + " twice, and which one counts isn't sure: keep one");
    }
    if (shape.isExact() && !reader.is(name)) {
      throw new OptionsRefusedException(
          BAD_REQUEST, "Ollama knows " + where(name) + " in small letters only: write it so");
    }
    Shape inner = shape.objects().get(name);
    if (reader.next() == JsonReader.Token.BEGIN_OBJECT && inner != null) {
      int from = reader.tokenStart();
      objects.put(name, read(reader, body, inner, name));
      Span place = new Span(from, reader.tokenEnd());
      found.put(name, new Member(JsonReader.Token.BEGIN_OBJECT, place, "", "", true));
    } else {
      found.put(name, Member.read(reader, body));
    }
  }

  /** Where a member stands, for messages. */
  String where(String name) {
    return Json.quote(name) + (path.isEmpty() ? "" : " in " + Json.quote(path));
  }

  /** A member that matters. */
  Member member(String name) {
    return found.getOrDefault(name, Member.NONE);
  }

  /** A member that is an object, with nothing in it where it isn't there. */
  Members object(String name) {
    return objects.computeIfAbsent(name, absent -> new Members(NOWHERE, absent));
  }

  /**
   * Has a member say something else, whether it is there or not.
   *
   * @param json what
   */
  void put(String name, String json, List<Edit> edits) {
    Member member = member(name);
    if (member.isThere()) {
      edits.add(new Edit(member.place(), json));
    } else {
      String comma = added.isEmpty() ? "" : ",";
      added.append(comma).append(Json.quote(name)).append(':').append(json);
    }
  }

  /** Adds what was put into a member that is an object. */
  void finish(String name, List<Edit> edits) {
    Members object = object(name);
    if (object.begin != NOWHERE) {
      object.finish(edits);
    } else if (!object.added.isEmpty()) {
      put(name, "{" + object.added + "}", edits);
    }
  }

  /** Adds what was put into it, in one place. */
  void finish(List<Edit> edits) {
    if (!added.isEmpty()) {
      edits.add(Edit.insert(begin, added + (isEmpty ? "" : ",")));
    }
  }
}
