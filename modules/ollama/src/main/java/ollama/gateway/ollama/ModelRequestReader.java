package ollama.gateway.ollama;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a body's outermost members, each as often as it stands there. */
final class ModelRequestReader {
  private final Route route;
  private final boolean isNative;
  private final JsonReader reader;
  private final PromptReader prompt;
  private final LoadOptionsReader load;

  /** Where the values stand of which one is the model, for who wants to know. */
  private @Nullable List<Span> places;

  /** The members that were there, as bits, and whether one of them was there twice. */
  private int members;

  private boolean twice;

  private String model = "";
  private String name = "";
  private String source = "";
  private String destination = "";
  private String from = "";
  private boolean streamed;
  private KeepAlive keepAlive = KeepAlive.UNSAID;

  ModelRequestReader(Route route, byte[] body, int length) {
    this.route = route;
    isNative = route.errors() == ErrorShape.NATIVE;
    reader = new JsonReader(body, 0, length, false);
    prompt = new PromptReader(reader, body, length);
    load = new LoadOptionsReader(reader);
    streamed = ModelRequest.isStreamedOf(route);
  }

  /** Reads where the model's name stands, with its quotes; nowhere if it is none. */
  List<Span> readPlaces() {
    List<Span> found = new ArrayList<>();
    places = found;
    return read(false).model().isEmpty() ? List.of() : found;
  }

  ModelRequest read(boolean whole) {
    if (reader.next() == JsonReader.Token.BEGIN_OBJECT) {
      while (reader.next() == JsonReader.Token.NAME) {
        if (!isModelsMember() && !isPromptMember()) {
          reader.skipValue();
        }
      }
    }
    ModelRequest.State state =
        switch (reader.token()) {
          case END_OBJECT -> ModelRequest.State.WHOLE;
          case TRUNCATED -> whole ? ModelRequest.State.BROKEN : ModelRequest.State.PARTIAL;
          default -> ModelRequest.State.BROKEN;
        };
    if (state == ModelRequest.State.BROKEN) {
      return new ModelRequest(
          state,
          ModelRequest.Names.NONE,
          ModelRequest.isStreamedOf(route),
          LoadOptions.NONE,
          KeepAlive.UNSAID,
          Prompt.NONE);
    }
    String said = model.isEmpty() ? name : model;
    boolean isAmbiguous = twice || (!model.isEmpty() && !name.isEmpty());
    return new ModelRequest(
        state,
        new ModelRequest.Names(said, source, destination, from, isAmbiguous),
        streamed,
        load.loadOptions(),
        keepAlive,
        prompt.prompts());
  }

  /** Reads a member's value if it is about the model or the answer, and says whether it did. */
  private boolean isModelsMember() {
    if (reader.isLike("model")) {
      once(1);
      model = modelText(model);
    } else if (reader.isLike("stream")) {
      stream();
    } else if (route.kind() == Route.Kind.MODELS) {
      return isManagementMember();
    } else if (!isNative) {
      return false;
    } else if (reader.isLike("options")) {
      load.options();
    } else if (reader.isLike("keep_alive")) {
      keepAlive = KeepAlive.read(reader);
    } else if (isGenerating() && reader.isLike("shift")) {
      load.shift();
    } else {
      return false;
    }
    return true;
  }

  private boolean isManagementMember() {
    if (reader.isLike("name")) {
      once(2);
      name = modelText(name);
    } else if (reader.isLike("source")) {
      once(4);
      source = text(source);
    } else if (reader.isLike("destination")) {
      once(8);
      destination = text(destination);
    } else if (reader.isLike("from")) {
      once(16);
      from = text(from);
    } else {
      return false;
    }
    return true;
  }

  /** Reads a member's value if the model reads it, and says whether it did. */
  private boolean isPromptMember() {
    return switch (route) {
      case CHAT, V1_CHAT, V1_MESSAGES, V1_RESPONSES -> isConversationsMember();
      case GENERATE, V1_COMPLETIONS -> isCompletionsMember();
      case EMBEDDINGS -> isInput("prompt");
      case EMBED, V1_EMBEDDINGS -> isInput("input");
      default -> false;
    };
  }

  private boolean isInput(String member) {
    boolean read = reader.isLike(member);
    if (read) {
      prompt.besides(true);
    }
    return read;
  }

  private boolean isCompletionsMember() {
    if (reader.isLike("prompt")) {
      prompt.prompt();
    } else if (reader.isLike("suffix")) {
      prompt.besides(false);
    } else if (route == Route.GENERATE && reader.isLike("system")) {
      prompt.lead();
    } else {
      return false;
    }
    return true;
  }

  private boolean isConversationsMember() {
    if (reader.isLike(route == Route.V1_RESPONSES ? "input" : "messages")) {
      prompt.messages();
    } else if (route == Route.V1_RESPONSES && reader.isLike("instructions")) {
      prompt.lead();
    } else if (route == Route.V1_MESSAGES && reader.isLike("system")) {
      prompt.lead();
    } else if (reader.isLike("tools")) {
      prompt.tools();
    } else {
      return false;
    }
    return true;
  }

  private boolean isGenerating() {
    return route == Route.GENERATE || route == Route.CHAT;
  }

  /** Takes note of a member, whatever its value. */
  private void once(int bit) {
    twice |= (members & bit) != 0;
    members |= bit;
  }

  /** As {@link #text}, and its place is kept. */
  private String modelText(String before) {
    String text = text(before);
    if (places != null && reader.token() == JsonReader.Token.STRING) {
      places.add(new Span(reader.tokenStart(), reader.tokenEnd()));
    }
    return text;
  }

  /** A text; null leaves what was there, and with anything else Ollama refuses the request. */
  private String text(String before) {
    JsonReader.Token token = reader.next();
    if (token == JsonReader.Token.STRING) {
      return reader.text();
    }
    reader.skipValue();
    return token == JsonReader.Token.NULL ? before : "";
  }

  /** Where the default is true, Ollama takes null for it; else null leaves what was there. */
  private void stream() {
    JsonReader.Token token = reader.next();
    if (token == JsonReader.Token.TRUE || token == JsonReader.Token.FALSE) {
      streamed = token == JsonReader.Token.TRUE;
      return;
    }
    if (isNative) {
      streamed = ModelRequest.isStreamedOf(route);
    }
    reader.skipValue();
  }
}
