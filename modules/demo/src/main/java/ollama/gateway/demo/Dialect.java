package ollama.gateway.demo;

import java.util.List;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.MediaType;

/** How one API tells an answer. Made for one answer. */
interface Dialect {

  /** The content type of an answer in pieces. */
  default String streamType() {
    return MediaType.EVENTS;
  }

  /** Whether an answer in pieces says that it mustn't be cached. */
  default boolean noCache() {
    return false;
  }

  /** The pieces before the first word. */
  default List<String> opening() {
    return List.of();
  }

  /** The piece for a word. */
  String word(int index, String word);

  /** The pieces after the last word. */
  List<String> closing(Outcome outcome);

  /** The answer as a whole. */
  Json whole(Outcome outcome);

  /** A server-sent event without a name. */
  static String event(Json data) {
    return "data: " + data + "\n\n";
  }

  /** A server-sent event. */
  static String event(String name, Json data) {
    return "event: " + name + "\ndata: " + data + "\n\n";
  }
}
