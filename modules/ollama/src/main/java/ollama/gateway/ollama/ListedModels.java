package ollama.gateway.ollama;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The objects in the one array of an answer: of models that are there, or that are loaded. */
final class ListedModels {
  private final byte[] answer;
  private final JsonReader reader;
  private final List<Entry> entries = new ArrayList<>();

  /** One of the objects: what is known of it, and the whole as it stands. */
  static final class Entry {
    String name = "";
    String digest = "";
    String time = "";
    long created;
    long size;
    long sizeVram;
    long contextLength;
    boolean remote;
    String json = "";
  }

  private ListedModels(byte[] answer) {
    this.answer = answer;
    reader = new JsonReader(answer, 0, answer.length, true);
  }

  /**
   * The objects in the order of the answer.
   *
   * @param member under which they stand; where it isn't there, or null, there are none
   * @throws MalformedAnswerException if this is no JSON, or other JSON
   */
  static List<Entry> read(byte[] answer, String member) throws MalformedAnswerException {
    ListedModels list = new ListedModels(answer);
    list.root(member);
    return list.entries;
  }

  /** An entry with another name in the place of its own, and nothing else changed. */
  static String renamed(String entry, String name) {
    byte[] json = entry.getBytes(StandardCharsets.UTF_8);
    JsonReader reader = new JsonReader(json, 0, json.length, true);
    StringBuilder renamed = new StringBuilder(entry.length() + name.length());
    int at = 0;
    JsonReader.Token _ = reader.next();
    while (reader.next() == JsonReader.Token.NAME) {
      boolean isName = reader.is("name") || reader.is("model") || reader.is("id");
      if (isName && reader.next() == JsonReader.Token.STRING) {
        renamed
            .append(new String(json, at, reader.tokenStart() - at, StandardCharsets.UTF_8))
            .append(Json.quote(name));
        at = reader.tokenEnd();
      }
      reader.skipValue();
    }
    return renamed
        .append(new String(json, at, json.length - at, StandardCharsets.UTF_8))
        .toString();
  }

  private void root(String member) throws MalformedAnswerException {
    expect(reader.next() == JsonReader.Token.BEGIN_OBJECT, "an object");
    while (reader.next() == JsonReader.Token.NAME) {
      if (reader.is(member)) {
        entries.clear();
        list(member);
      } else {
        reader.skipValue();
      }
    }
    expect(reader.token() == JsonReader.Token.END_OBJECT, "more of an object");
    expect(reader.next() == JsonReader.Token.END, "nothing else");
  }

  private void list(String member) throws MalformedAnswerException {
    if (reader.next() == JsonReader.Token.NULL) {
      return;
    }
    expect(reader.token() == JsonReader.Token.BEGIN_ARRAY, "an array of " + member);
    while (reader.next() == JsonReader.Token.BEGIN_OBJECT) {
      entries.add(entry());
    }
    expect(reader.token() == JsonReader.Token.END_ARRAY, "an object, or the end of " + member);
  }

  private Entry entry() {
    Entry entry = new Entry();
    int start = reader.tokenStart();
    while (reader.next() == JsonReader.Token.NAME) {
      member(entry);
    }
    if (!reader.isStopped()) {
      entry.json = new String(answer, start, reader.tokenEnd() - start, StandardCharsets.UTF_8);
    }
    return entry;
  }

  private void member(Entry entry) {
    if (reader.is("name") || reader.is("id")) {
      entry.name = text();
    } else if (reader.is("model")) {
      String model = text();
      entry.name = entry.name.isEmpty() ? model : entry.name;
    } else if (reader.is("digest")) {
      entry.digest = text();
    } else if (reader.is("modified_at") || reader.is("expires_at")) {
      entry.time = text();
    } else if (reader.is("created")) {
      entry.created = integer();
    } else if (reader.is("size")) {
      entry.size = integer();
    } else if (reader.is("size_vram")) {
      entry.sizeVram = integer();
    } else if (reader.is("context_length")) {
      entry.contextLength = integer();
    } else if (reader.is("remote_host") || reader.is("remote_model")) {
      entry.remote |= !text().isEmpty();
    } else {
      reader.skipValue();
    }
  }

  private String text() {
    boolean isText = reader.next() == JsonReader.Token.STRING;
    String text = isText ? reader.text() : "";
    reader.skipValue();
    return text;
  }

  private long integer() {
    boolean isNumber = reader.next() == JsonReader.Token.NUMBER;
    long integer = isNumber ? reader.integer() : 0;
    reader.skipValue();
    return integer;
  }

  private void expect(boolean fulfilled, String expected) throws MalformedAnswerException {
    if (!fulfilled) {
      int place = reader.isStopped() ? reader.offset() : reader.tokenStart();
      throw new MalformedAnswerException(expected, answer, place);
    }
  }
}
