package ollama.gateway.demo;

import java.util.List;
import ollama.gateway.ollama.Json;

/** Anthropic's {@code /v1/messages}. */
final class MessagesDialect implements Dialect {

  private final Question question;
  private final String id = Ids.hex("msg_");

  MessagesDialect(Question question) {
    this.question = question;
  }

  @Override
  public boolean noCache() {
    return true;
  }

  @Override
  public List<String> opening() {
    Json message = message(List.of()).put("usage", usage(0));
    Json block = Json.object().put("type", "text").put("text", "");
    return List.of(
        event("message_start", Json.object().put("message", message)),
        event("content_block_start", firstBlock().put("content_block", block)));
  }

  @Override
  public String word(int index, String word) {
    Json delta = Json.object().put("type", "text_delta").put("text", word);
    return event("content_block_delta", firstBlock().put("delta", delta));
  }

  @Override
  public List<String> closing(Outcome outcome) {
    Json delta = Json.object().put("stop_reason", reason());
    Json end = Json.object().put("delta", delta).put("usage", usage(question.words()));
    return List.of(
        event("content_block_stop", firstBlock()),
        event("message_delta", end),
        event("message_stop", Json.object()));
  }

  @Override
  public Json whole(Outcome outcome) {
    Json block = Json.object().put("type", "text").put("text", CannedText.text(question.words()));
    return message(List.of(block))
        .put("stop_reason", reason())
        .put("usage", usage(question.words()));
  }

  private static String event(String type, Json data) {
    return Dialect.event(type, data.put("type", type));
  }

  private static Json firstBlock() {
    return Json.object().put("index", 0);
  }

  private Json message(List<Json> content) {
    return Json.object()
        .put("id", id)
        .put("type", "message")
        .put("role", "assistant")
        .put("model", question.model())
        .put("content", content);
  }

  private Json usage(int words) {
    return Json.object().put("input_tokens", question.promptTokens()).put("output_tokens", words);
  }

  private String reason() {
    return question.cut() ? "max_tokens" : "end_turn";
  }
}
