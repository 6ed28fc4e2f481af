package ollama.gateway.demo;

import java.io.IOException;
import java.util.function.Function;
import ollama.gateway.demo.Router.Action;
import ollama.gateway.ollama.ErrorShape;
import ollama.gateway.ollama.Json;

/** What makes a model speak. */
final class InferenceRoutes {

  private final Models models;
  private final Pace pace;

  InferenceRoutes(Models models, Pace pace) {
    this.models = models;
    this.pace = pace;
  }

  void addTo(Router router) {
    router.add("POST", "/api/generate", ErrorShape.NATIVE, call -> answerNative(call, false));
    router.add("POST", "/api/chat", ErrorShape.NATIVE, call -> answerNative(call, true));
    router.add(
        "POST",
        "/v1/chat/completions",
        ErrorShape.OPENAI,
        call -> {
          RequestJson json = call.json();
          if (!json.prompt().hasMessages()) {
            throw RefusedException.malformed("[] is too short - 'messages'");
          }
          speak(call, json, "chat", false, question -> new OpenAiDialect(question, true));
        });
    router.add(
        "POST",
        "/v1/completions",
        ErrorShape.OPENAI,
        compatible("generate", question -> new OpenAiDialect(question, false)));
    router.add(
        "POST", "/v1/responses", ErrorShape.OPENAI, compatible("chat", ResponsesDialect::new));
    router.add("POST", "/v1/messages", ErrorShape.ANTHROPIC, this::answerMessages);
  }

  private Action compatible(String ability, Function<Question, Dialect> dialect) {
    return call -> speak(call, call.json(), ability, false, dialect);
  }

  private void answerNative(Call call, boolean chat) throws IOException, RefusedException {
    RequestJson json = call.json();
    String ability = chat ? "chat" : "generate";
    if (json.prompt().isPresent()) {
      speak(call, json, ability, true, question -> new NativeDialect(question, chat));
      return;
    }
    Model model = find(json, ability);
    if (json.unload()) {
      models.unload(model);
    }
    String reason = json.unload() ? "unload" : "load";
    call.respond(200, NativeDialect.withoutWords(json.model(), chat, reason));
  }

  private void answerMessages(Call call) throws IOException, RefusedException {
    RequestJson json = call.json();
    if (json.wordsMax() == 0) {
      throw RefusedException.malformed("max_tokens is required and must be positive");
    }
    if (!json.prompt().hasMessages()) {
      throw RefusedException.malformed("messages is required");
    }
    speak(call, json, "chat", false, MessagesDialect::new);
  }

  private void speak(
      Call call,
      RequestJson json,
      String ability,
      boolean streamByDefault,
      Function<Question, Dialect> dialect)
      throws IOException, RefusedException {
    find(json, ability);
    Question question = Question.of(json);
    Generation generation = new Generation(call, question, pace);
    if (json.stream().orElse(streamByDefault)) {
      generation.stream(dialect.apply(question));
    } else {
      generation.whole(dialect.apply(question));
    }
  }

  /** The model that is asked, loaded. */
  private Model find(RequestJson json, String ability) throws RefusedException {
    String name = json.model();
    Model model = models.asked(name, "model '" + name + "' not found");
    if (model.embeds()) {
      throw RefusedException.of(400, Json.quote(name) + " does not support " + ability);
    }
    models.load(model);
    return model;
  }
}
