package ollama.gateway.app.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import wiremock.com.fasterxml.jackson.core.JsonProcessingException;
import wiremock.com.fasterxml.jackson.databind.JsonNode;
import wiremock.com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * A request for an answer, as an {@link OllamaLike} understands it.
 *
 * @param form how the answer looks
 * @param said the model's name as the request has it
 * @param streamed whether each token is sent when it is there
 * @param prompt its messages in their order, or the whole prompt; empty to load or unload only
 * @param tokens how many are to be written
 * @param numCtx the context's length
 * @param keepAliveNanos how long the model is to stay loaded, if the request says it
 */
record OllamaAsk(
    Form form,
    String said,
    boolean streamed,
    List<String> prompt,
    int tokens,
    int numCtx,
    OptionalLong keepAliveNanos) {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int TOKENS = 16;
  private static final int CONTEXT = 4096;
  private static final double NANOS = 1e9;
  private static final long FOR_EVER_NANOS = Long.MAX_VALUE / 4;

  /** How an answer looks. */
  enum Form {
    CHAT,
    GENERATE,
    V1_CHAT
  }

  /**
   * Reads a body.
   *
   * @throws JsonProcessingException if it is no JSON
   */
  static OllamaAsk read(Form form, String body) throws JsonProcessingException {
    JsonNode json = json(body);
    JsonNode options = json.path("options");
    boolean isV1 = form == Form.V1_CHAT;
    int tokens = (isV1 ? json.path("max_tokens") : options.path("num_predict")).asInt(0);
    return new OllamaAsk(
        form,
        json.path("model").asText(),
        json.path("stream").asBoolean(!isV1),
        prompt(form, json),
        tokens > 0 ? tokens : TOKENS,
        options.path("num_ctx").asInt(CONTEXT),
        keepAlive(json.path("keep_alive")));
  }

  static JsonNode json(String body) throws JsonProcessingException {
    return JSON.readTree(new String(Bytes.of(body), StandardCharsets.UTF_8));
  }

  /** Text as it stands in JSON, with its quotes. */
  static String quoted(String text) {
    try {
      return JSON.writeValueAsString(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** The name with its tag. */
  String model() {
    return canonical(said);
  }

  static String canonical(String name) {
    return name.indexOf(':', name.lastIndexOf('/') + 1) < 0 ? name + ":latest" : name;
  }

  /** What the prompt is with the answer, of which a next turn's prompt is the start. */
  List<String> after(String answer) {
    List<String> after = new ArrayList<>(prompt);
    after.add(form == Form.GENERATE ? answer : message("assistant", answer));
    return after;
  }

  /** How many tokens a part of a prompt has. */
  static int tokens(String part) {
    return Math.max(1, part.length() / 4);
  }

  static int tokens(List<String> parts) {
    return parts.stream().mapToInt(OllamaAsk::tokens).sum();
  }

  private static List<String> prompt(Form form, JsonNode json) {
    if (form == Form.GENERATE) {
      String prompt = json.path("prompt").asText();
      return prompt.isEmpty() ? List.of() : List.of(prompt);
    }
    List<String> messages = new ArrayList<>();
    for (JsonNode message : json.path("messages")) {
      messages.add(message(message.path("role").asText(), message.path("content").asText()));
    }
    return messages;
  }

  private static String message(String role, String content) {
    return role + ": " + content;
  }

  private static OptionalLong keepAlive(JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return OptionalLong.empty();
    }
    double seconds = value.isNumber() ? value.asDouble() : seconds(value.asText());
    return OptionalLong.of(seconds < 0 ? FOR_EVER_NANOS : (long) (seconds * NANOS));
  }

  /** A number with a unit: the durations that tests use. */
  private static double seconds(String duration) {
    int unit = 0;
    while (unit < duration.length() && !Character.isLetter(duration.charAt(unit))) {
      unit++;
    }
    double number = Double.parseDouble(duration.substring(0, unit));
    return switch (duration.substring(unit)) {
      case "ms" -> number / 1_000;
      case "m" -> number * 60;
      case "h" -> number * 3_600;
      default -> number;
    };
  }
}
