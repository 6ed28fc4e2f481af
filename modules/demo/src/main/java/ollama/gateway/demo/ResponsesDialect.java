package ollama.gateway.demo;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import ollama.gateway.ollama.Json;

/** OpenAI's {@code /v1/responses}, whose stream is a story of events with numbers. */
final class ResponsesDialect implements Dialect {

  private final Question question;
  private final String id = Ids.number("resp_");
  private final String itemId = Ids.number("msg_");
  private final long createdSeconds = Instant.now().getEpochSecond();
  private int sequence;

  ResponsesDialect(Question question) {
    this.question = question;
  }

  @Override
  public boolean noCache() {
    return true;
  }

  @Override
  public List<String> opening() {
    List<String> pieces = new ArrayList<>();
    pieces.add(event("response.created", Json.object().put("response", response(false))));
    pieces.add(event("response.in_progress", Json.object().put("response", response(false))));
    pieces.add(
        event(
            "response.output_item.added",
            Json.object().put("output_index", 0).put("item", item("in_progress", List.of()))));
    pieces.add(event("response.content_part.added", position().put("part", part(""))));
    return pieces;
  }

  @Override
  public String word(int index, String word) {
    return event(
        "response.output_text.delta", position().put("delta", word).putRaw("logprobs", "[]"));
  }

  @Override
  public List<String> closing(Outcome outcome) {
    String text = CannedText.text(question.words());
    Json item = item("completed", List.of(part(text)));
    List<String> pieces = new ArrayList<>();
    pieces.add(
        event("response.output_text.done", position().put("text", text).putRaw("logprobs", "[]")));
    pieces.add(event("response.content_part.done", position().put("part", part(text))));
    pieces.add(
        event("response.output_item.done", Json.object().put("output_index", 0).put("item", item)));
    pieces.add(event("response.completed", Json.object().put("response", response(true))));
    return pieces;
  }

  @Override
  public Json whole(Outcome outcome) {
    return response(true);
  }

  private String event(String type, Json data) {
    return Dialect.event(type, data.put("sequence_number", sequence++).put("type", type));
  }

  /** Where in the answer a text stands: there is but one place. */
  private Json position() {
    return Json.object().put("item_id", itemId).put("output_index", 0).put("content_index", 0);
  }

  private static Json part(String text) {
    return Json.object()
        .put("type", "output_text")
        .put("text", text)
        .putRaw("annotations", "[]")
        .putRaw("logprobs", "[]");
  }

  private Json item(String status, List<Json> content) {
    return Json.object()
        .put("id", itemId)
        .put("type", "message")
        .put("status", status)
        .put("role", "assistant")
        .put("content", content);
  }

  private Json response(boolean completed) {
    Json response =
        Json.object()
            .put("id", id)
            .put("object", "response")
            .put("created_at", createdSeconds)
            .put("status", completed ? "completed" : "in_progress")
            .put("model", question.model());
    if (completed) {
      String text = CannedText.text(question.words());
      response
          .put("completed_at", Instant.now().getEpochSecond())
          .put("output", List.of(item("completed", List.of(part(text)))))
          .put("usage", usage());
    } else {
      response.put("output", List.of()).putNull("completed_at", "usage");
    }
    return settings(response);
  }

  private Json usage() {
    return Json.object()
        .put("input_tokens", question.promptTokens())
        .put("input_tokens_details", Json.object().put("cached_tokens", 0))
        .put("output_tokens", question.words())
        .put("output_tokens_details", Json.object().put("reasoning_tokens", 0))
        .put("total_tokens", question.promptTokens() + question.words());
  }

  /** What a request can set; here it has no effect, so it is always what Ollama has by default. */
  private Json settings(Json response) {
    if (question.wordsMax() > 0) {
      response.put("max_output_tokens", question.wordsMax());
    } else {
      response.putNull("max_output_tokens");
    }
    return response
        .put("background", false)
        .put("frequency_penalty", 0)
        .put("parallel_tool_calls", true)
        .put("presence_penalty", 0)
        .put("service_tier", "default")
        .put("store", false)
        .put("temperature", 1)
        .put("tool_choice", "auto")
        .put("top_logprobs", 0)
        .put("top_p", 1)
        .put("truncation", "disabled")
        .put("text", Json.object().put("format", Json.object().put("type", "text")))
        .put("metadata", Json.object())
        .putRaw("tools", "[]")
        .putNull("error", "incomplete_details", "instructions", "max_tool_calls")
        .putNull("previous_response_id", "prompt_cache_key", "reasoning", "safety_identifier");
  }
}
