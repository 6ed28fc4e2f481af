package ollama.gateway.demo;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import ollama.gateway.ollama.Json;

/** OpenAI's {@code /v1/chat/completions} and {@code /v1/completions}. */
final class OpenAiDialect implements Dialect {

  private static final String DONE = "data: [DONE]\n\n";

  private final Question question;
  private final boolean chat;
  private final String id;
  private final long createdSeconds = Instant.now().getEpochSecond();

  OpenAiDialect(Question question, boolean chat) {
    this.question = question;
    this.chat = chat;
    this.id = Ids.number(chat ? "chatcmpl-" : "cmpl-");
  }

  @Override
  public String word(int index, String word) {
    if (!chat) {
      return completionChunk(List.of(textChoice(word).putNull("finish_reason")), usage(0, 0));
    }
    Json delta = Json.object();
    if (index == 0) {
      delta.put("role", "assistant");
    }
    delta.put("content", word);
    return chatChunk(deltaChoice(delta).putNull("finish_reason"));
  }

  @Override
  public List<String> closing(Outcome outcome) {
    List<String> pieces = new ArrayList<>();
    Json usage = usage(question.promptTokens(), question.words());
    if (chat) {
      pieces.add(chatChunk(deltaChoice(Json.object()).put("finish_reason", reason())));
    } else {
      Json last = textChoice("").put("finish_reason", reason());
      pieces.add(completionChunk(List.of(last), usage(0, 0)));
    }
    if (question.includeUsage()) {
      pieces.add(
          chat
              ? Dialect.event(begin("chat.completion.chunk", List.of()).put("usage", usage))
              : completionChunk(List.of(), usage));
    }
    pieces.add(DONE);
    return pieces;
  }

  @Override
  public Json whole(Outcome outcome) {
    String text = CannedText.text(question.words());
    Json choice =
        chat
            ? Json.object()
                .put("index", 0)
                .put("message", Json.object().put("role", "assistant").put("content", text))
            : textChoice(text);
    return begin(
            chat ? "chat.completion" : "text_completion",
            List.of(choice.put("finish_reason", reason())))
        .put("usage", usage(question.promptTokens(), question.words()));
  }

  private Json begin(String object, List<Json> choices) {
    return Json.object()
        .put("id", id)
        .put("object", object)
        .put("created", createdSeconds)
        .put("model", question.model())
        .put("system_fingerprint", "fp_ollama")
        .put("choices", choices);
  }

  private String chatChunk(Json choice) {
    return Dialect.event(begin("chat.completion.chunk", List.of(choice)));
  }

  /** As Ollama does it, every chunk has a usage when one is asked for, of zeros but in the last. */
  private String completionChunk(List<Json> choices, Json usage) {
    Json chunk = begin("text_completion", choices);
    return Dialect.event(question.includeUsage() ? chunk.put("usage", usage) : chunk);
  }

  private static Json deltaChoice(Json delta) {
    return Json.object().put("index", 0).put("delta", delta);
  }

  private static Json textChoice(String text) {
    return Json.object().put("text", text).put("index", 0);
  }

  private static Json usage(int promptTokens, int words) {
    return Json.object()
        .put("prompt_tokens", promptTokens)
        .put("completion_tokens", words)
        .put("total_tokens", promptTokens + words);
  }

  private String reason() {
    return question.cut() ? "length" : "stop";
  }
}
