package ollama.gateway.demo;

import java.time.Instant;
import java.util.List;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.MediaType;

/** Ollama's own API: {@code /api/generate} and {@code /api/chat}, a line of JSON for each word. */
final class NativeDialect implements Dialect {

  private final Question question;
  private final boolean chat;

  NativeDialect(Question question, boolean chat) {
    this.question = question;
    this.chat = chat;
  }

  /** The answer to a request that only loads or unloads a model. */
  static Json withoutWords(String model, boolean chat, String reason) {
    return begin(model, chat, "").put("done", true).put("done_reason", reason);
  }

  @Override
  public String streamType() {
    return MediaType.LINES;
  }

  @Override
  public String word(int index, String word) {
    return begin(question.model(), chat, word).put("done", false) + "\n";
  }

  @Override
  public List<String> closing(Outcome outcome) {
    return List.of(end("", outcome) + "\n");
  }

  @Override
  public Json whole(Outcome outcome) {
    return end(CannedText.text(question.words()), outcome);
  }

  private static Json begin(String model, boolean chat, String text) {
    Json line = Json.object().put("model", model).put("created_at", Instant.now().toString());
    return chat
        ? line.put("message", Json.object().put("role", "assistant").put("content", text))
        : line.put("response", text);
  }

  private Json end(String text, Outcome outcome) {
    Json line =
        begin(question.model(), chat, text)
            .put("done", true)
            .put("done_reason", question.cut() ? "length" : "stop");
    if (!chat) {
      line.putRaw("context", "[1,2,3]");
    }
    return line.put("total_duration", outcome.totalNanos())
        .put("load_duration", outcome.loadNanos())
        .put("prompt_eval_count", question.promptTokens())
        .put("prompt_eval_duration", outcome.promptNanos())
        .put("eval_count", question.words())
        .put("eval_duration", outcome.speechNanos());
  }
}
