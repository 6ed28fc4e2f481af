package ollama.gateway.demo;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request says to the model, as far as the demo server cares: how much there is of it. */
final class Prompt {

  private final List<Integer> textHashes = new ArrayList<>();
  private int words;
  private boolean present;
  private boolean messages;

  /** Words of all of it, at least 1: its "tokens". */
  int tokens() {
    return Math.max(1, words);
  }

  /** Whether there is anything to answer; else the model shall only be loaded. */
  boolean isPresent() {
    return present;
  }

  /** Whether at least one message came. */
  boolean hasMessages() {
    return messages;
  }

  /** One hash for each text, for those who want the texts embedded. */
  List<Integer> textHashes() {
    return textHashes;
  }

  /** Reads a text, a list of texts or a list of messages. */
  void readInput(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      readInputValue(parser);
      return;
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      readInputValue(parser);
    }
  }

  /** Reads a list of messages. */
  void readMessages(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      messages = true;
      present = true;
      readContext(parser);
    }
  }

  /** Reads what is no question by itself: a text, or a value made of parts. */
  void readContext(JsonParser parser) throws IOException {
    int depth = 0;
    do {
      JsonToken token = parser.currentToken();
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.VALUE_STRING && !isLabel(parser.currentName())) {
        countWords(parser.getText());
      }
    } while (depth > 0 && parser.nextToken() != null);
  }

  private void readInputValue(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      textHashes.add(parser.getText().hashCode());
      present |= !parser.getText().isEmpty();
    } else {
      present |= parser.currentToken() == JsonToken.START_OBJECT;
    }
    readContext(parser);
  }

  private static boolean isLabel(@Nullable String name) {
    return "role".equals(name) || "type".equals(name);
  }

  private void countWords(String text) {
    boolean inWord = false;
    for (int i = 0; i < text.length(); i++) {
      boolean space = Character.isWhitespace(text.charAt(i));
      words += inWord || space ? 0 : 1;
      inWord = !space;
    }
  }
}
