package ollama.gateway.ollama;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * How a streamed answer looks to the clients of a route, for what the gateway itself puts into one:
 * signs of life, over which they read, and errors, which each shows as it shows Ollama's own.
 */
public enum StreamShape {
  /** Lines of {@code /api/generate}. */
  GENERATE(false),
  /** Lines of {@code /api/chat}. */
  CHAT(false),
  /** Server-sent events that are data alone. */
  EVENTS(true),
  /** Server-sent events with a name. */
  NAMED_EVENTS(true);

  /** A comment, which ends no event (WHATWG HTML section 9.2.6). */
  private static final String COMMENT = ": waiting\n\n";

  private final boolean isEvents;

  StreamShape(boolean isEvents) {
    this.isEvents = isEvents;
  }

  /** How the answers of a route look where they are streamed; empty where they never are. */
  public static Optional<StreamShape> of(Route route) {
    return switch (route) {
      case GENERATE -> Optional.of(GENERATE);
      case CHAT -> Optional.of(CHAT);
      case V1_CHAT, V1_COMPLETIONS -> Optional.of(EVENTS);
      case V1_MESSAGES, V1_RESPONSES -> Optional.of(NAMED_EVENTS);
      default -> Optional.empty();
    };
  }

  /** The media type. */
  public String contentType() {
    return isEvents ? MediaType.EVENTS : MediaType.LINES;
  }

  /**
   * A sign of life, before the answer begins.
   *
   * @param model as the client named it
   */
  public byte[] signOfLife(String model) {
    String text =
        switch (this) {
          case GENERATE -> begun(model).put("response", "").put("done", false) + "\n";
          case CHAT -> {
            Json message = Json.object().put("role", "assistant").put("content", "");
            yield begun(model).put("message", message).put("done", false) + "\n";
          }
          case EVENTS, NAMED_EVENTS -> COMMENT;
        };
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * An error that ends the stream.
   *
   * @param json of the route's {@link ErrorShape}, in one line
   */
  public byte[] error(String json) {
    String text =
        switch (this) {
          case GENERATE, CHAT -> json + "\n";
          case EVENTS -> "data: " + json + "\n\n";
          case NAMED_EVENTS -> "event: error\ndata: " + json + "\n\n";
        };
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Json begun(String model) {
    return Json.object().put("model", model).put("created_at", Instant.now().toString());
  }
}
