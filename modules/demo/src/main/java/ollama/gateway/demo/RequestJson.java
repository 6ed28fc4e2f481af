package ollama.gateway.demo;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the demo server takes from a request's body: one set of fields for all three APIs. */
final class RequestJson {

  private static final Pattern ZERO_DURATION = Pattern.compile("0+(\\.0*)?(ns|us|µs|ms|s|m|h)?");

  private final Map<String, String> names = new HashMap<>();
  private final List<String> files = new ArrayList<>();
  private final Prompt prompt = new Prompt();
  private Optional<Boolean> stream = Optional.empty();
  private int wordsMax;
  private boolean unload;
  private boolean ignoreEnd;
  private boolean includeUsage;

  /** Reads the object that {@code parser} has just entered. */
  RequestJson(JsonParser parser) throws IOException {
    object(parser, this::member);
  }

  /** The model that is meant; clients send it under either of two names. */
  String model() {
    String model = name("model");
    return model.isEmpty() ? name("name") : model;
  }

  /** A name under {@code from}, {@code source} or {@code destination}; empty if it is absent. */
  String name(String member) {
    return names.getOrDefault(member, "");
  }

  /** What is said to the model. */
  Prompt prompt() {
    return prompt;
  }

  /** Whether the answer is wanted in pieces; empty when the API's default holds. */
  Optional<Boolean> stream() {
    return stream;
  }

  /** The most words wanted; 0 means no bound. */
  int wordsMax() {
    return wordsMax;
  }

  /** Whether the model shall leave the memory at once. */
  boolean unload() {
    return unload;
  }

  /** Whether to speak on until {@link #wordsMax}, as benchmarks of other servers ask for it. */
  boolean ignoreEnd() {
    return ignoreEnd;
  }

  /** Whether a stream shall end with the numbers. */
  boolean includeUsage() {
    return includeUsage;
  }

  /** Digests of the files to make a model of. */
  List<String> files() {
    return files;
  }

  private interface Member {
    void read(JsonParser parser, String name) throws IOException;
  }

  private static void object(JsonParser parser, Member member) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      member.read(parser, name);
    }
  }

  private static void nested(JsonParser parser, Member member) throws IOException {
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      object(parser, member);
    } else {
      parser.skipChildren();
    }
  }

  private void member(JsonParser parser, String name) throws IOException {
    switch (name) {
      case "model", "name", "from", "source", "destination" -> {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
          names.put(name, parser.getText());
        }
        parser.skipChildren();
      }
      case "stream" -> stream = bool(parser);
      case "keep_alive" -> {
        unload = ZERO_DURATION.matcher(parser.getText()).matches();
        parser.skipChildren();
      }
      case "options" -> nested(parser, this::option);
      case "stream_options" -> nested(parser, this::streamOption);
      case "files" -> nested(parser, this::file);
      case "prompt", "input" -> prompt.readInput(parser);
      case "messages" -> prompt.readMessages(parser);
      case "system", "instructions" -> prompt.readContext(parser);
      default -> option(parser, name);
    }
  }

  /** OpenAI's names stand at the top, Ollama's among the options. */
  private void option(JsonParser parser, String name) throws IOException {
    switch (name) {
      case "num_predict", "max_tokens", "max_completion_tokens", "max_output_tokens" ->
          wordsMax = Math.max(0, parser.getValueAsInt());
      case "ignore_eos" -> ignoreEnd = bool(parser).orElse(false);
      default -> {}
    }
    parser.skipChildren();
  }

  private void streamOption(JsonParser parser, String name) throws IOException {
    if (name.equals("include_usage")) {
      includeUsage = bool(parser).orElse(false);
    }
    parser.skipChildren();
  }

  private void file(JsonParser parser, String name) throws IOException {
    files.add(parser.getText());
    parser.skipChildren();
  }

  private static Optional<Boolean> bool(JsonParser parser) throws IOException {
    Optional<Boolean> value =
        switch (parser.currentToken()) {
          case VALUE_TRUE -> Optional.of(true);
          case VALUE_FALSE -> Optional.of(false);
          default -> Optional.empty();
        };
    parser.skipChildren();
    return value;
  }
}
