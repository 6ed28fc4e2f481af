package ollama.gateway.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a tree with places of a file's text. Strict JSON (RFC 8259), bounded in every direction.
 */
final class JsonParsing {
  static final int DEPTH_MAX = 32;
  static final int TEXT_LENGTH_MAX = 65_536;
  static final int NUMBER_LENGTH_MAX = 100;

  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder()
          .maxNestingDepth(DEPTH_MAX)
          .maxStringLength(TEXT_LENGTH_MAX)
          .maxNameLength(TEXT_LENGTH_MAX)
          .maxNumberLength(NUMBER_LENGTH_MAX)
          .build();

  /** About what a value takes as an object and in its list, besides its text. */
  private static final int VALUE_BYTES = 128;

  private final JsonParser parser;
  private final int skipped;
  private final HeapRoom room;

  private JsonParsing(JsonParser parser, int skipped, HeapRoom room) {
    this.parser = parser;
    this.skipped = skipped;
    this.room = room;
  }

  /**
   * Parses.
   *
   * @throws HeapRoom.FullException if there is no room for the tree
   */
  static Json.Obj parse(String fileName, String text, HeapRoom room) throws ConfigException {
    int skipped = text.startsWith(ConfigFile.BYTE_ORDER_MARK) ? 1 : 0;
    JsonFactory factory = JsonFactory.builder().streamReadConstraints(CONSTRAINTS).build();
    try (JsonParser parser = factory.createParser(text.substring(skipped))) {
      JsonParsing parsing = new JsonParsing(parser, skipped, room);
      try {
        return parsing.root();
      } catch (JacksonException e) {
        throw SyntaxMessage.exception(fileName, text, e, parsing.offset(e));
      } catch (NotOneObjectException e) {
        throw new ConfigException(
            fileName, List.of(Place.of(text, e.offset).problem("", SyntaxMessage.NOT_ONE_OBJECT)));
      }
    } catch (IOException e) {
      throw new IllegalStateException("nothing is read but a text in memory", e);
    }
  }

  private Json.Obj root() throws IOException, NotOneObjectException {
    JsonToken first = parser.nextToken();
    if (first != JsonToken.START_OBJECT) {
      throw new NotOneObjectException(first == null ? end() : start());
    }
    Json.Obj root = object(start());
    if (parser.nextToken() != null) {
      throw new NotOneObjectException(start());
    }
    return root;
  }

  private Json value() throws IOException {
    int start = start();
    room.take(VALUE_BYTES);
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(start);
      case START_ARRAY -> array(start);
      case VALUE_STRING -> {
        // The parser is behind the closing quote only once the text has been asked for.
        String text = parser.getText();
        room.take(text.length() * 2L);
        yield new Json.Text(start, end(), text);
      }
      case VALUE_TRUE -> new Json.Flag(start, end(), true);
      case VALUE_FALSE -> new Json.Flag(start, end(), false);
      case VALUE_NULL -> new Json.Null(start, end());
      default -> new Json.Num(start, end(), parser.getText());
    };
  }

  private Json.Obj object(int start) throws IOException {
    List<Json.Member> members = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      int nameStart = start();
      String name = parser.currentName();
      room.take(name.length() * 2L);
      parser.nextToken();
      members.add(new Json.Member(nameStart, name, value()));
    }
    return new Json.Obj(start, end(), List.copyOf(members));
  }

  private Json.Arr array(int start) throws IOException {
    List<Json> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(value());
    }
    return new Json.Arr(start, end(), List.copyOf(items));
  }

  private int start() {
    return skipped + (int) parser.currentTokenLocation().getCharOffset();
  }

  private int end() {
    return skipped + (int) parser.currentLocation().getCharOffset();
  }

  private int offset(JacksonException e) {
    return e.getLocation() == null ? end() : skipped + (int) e.getLocation().getCharOffset();
  }

  /** The file is valid JSON, or starts as such, but isn't one object. */
  private static final class NotOneObjectException extends Exception {
    private static final long serialVersionUID = 1L;
    private final int offset;

    NotOneObjectException(int offset) {
      this.offset = offset;
    }
  }
}
