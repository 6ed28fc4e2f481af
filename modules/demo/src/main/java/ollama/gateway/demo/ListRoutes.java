package ollama.gateway.demo;

import java.io.IOException;
import java.util.List;
import ollama.gateway.ollama.ErrorShape;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.MediaType;

/** What tells of the server and its models. */
final class ListRoutes {

  /** A version from which on clients expect what this server does, and a word of honesty. */
  static final String VERSION = "0.30.0-demo";

  private final Models models;

  ListRoutes(Models models) {
    this.models = models;
  }

  void addTo(Router router) {
    router.addRead(
        "/", ErrorShape.NATIVE, call -> call.respond(200, MediaType.TEXT, "Ollama is running"));
    router.addRead(
        "/api/version",
        ErrorShape.NATIVE,
        call -> call.respond(200, Json.object().put("version", VERSION)));
    router.addRead("/api/tags", ErrorShape.NATIVE, this::tags);
    router.add("GET", "/api/ps", ErrorShape.NATIVE, this::loaded);
    router.add(
        "GET",
        "/api/status",
        ErrorShape.NATIVE,
        call -> {
          Json cloud = Json.object().put("disabled", true).put("source", "env");
          call.respond(200, Json.object().put("cloud", cloud));
        });
    router.add("POST", "/api/show", ErrorShape.NATIVE, this::show);
    router.add("GET", "/v1/models", ErrorShape.OPENAI, this::openAiList);
    router.add("GET", "/v1/models/*", ErrorShape.OPENAI, this::openAiModel);
  }

  private void tags(Call call) throws IOException {
    List<Json> list =
        models.list().stream()
            .map(
                model ->
                    begin(model)
                        .put("modified_at", model.modifiedAt().toString())
                        .put("details", sizes(model))
                        .putRaw("capabilities", capabilities(model)))
            .toList();
    call.respond(200, Json.object().put("models", list));
  }

  private void loaded(Call call) throws IOException {
    List<Json> list =
        models.loaded().stream()
            .map(
                loaded ->
                    begin(loaded.model())
                        .put("details", loaded.model().details())
                        .put("expires_at", loaded.until().toString())
                        .put("size_vram", 0)
                        .put("context_length", Model.CONTEXT_TOKENS))
            .toList();
    call.respond(200, Json.object().put("models", list));
  }

  private void show(Call call) throws IOException, RefusedException {
    String name = call.json().model();
    Model model = find(name);
    Json info =
        Json.object()
            .put("general.architecture", "demo")
            .put("general.parameter_count", 0)
            .put("demo.context_length", Model.CONTEXT_TOKENS)
            .put("demo.embedding_length", Embedding.DIMENSIONS);
    call.respond(
        200,
        Json.object()
            .put("modelfile", "# No model runs here: this is the demo server.\nFROM demo\n")
            .put("parameters", "")
            .put("template", "{{ .Prompt }}")
            .put("details", model.details())
            .put("model_info", info)
            .putRaw("tensors", "[]")
            .putRaw("capabilities", capabilities(model))
            .put("modified_at", model.modifiedAt().toString()));
  }

  private void openAiList(Call call) throws IOException {
    List<Json> list = models.list().stream().map(model -> openAi(model.name(), model)).toList();
    call.respond(200, Json.object().put("object", "list").put("data", list));
  }

  private void openAiModel(Call call) throws IOException, RefusedException {
    call.respond(200, openAi(call.parameter(), find(call.parameter())));
  }

  private Model find(String name) throws RefusedException {
    return models.asked(name, "model '" + ModelName.withTag(name) + "' not found");
  }

  private static Json begin(Model model) {
    return Json.object()
        .put("name", model.name())
        .put("model", model.name())
        .put("size", model.sizeBytes())
        .put("digest", model.digest());
  }

  private static Json sizes(Model model) {
    return model
        .details()
        .put("context_length", Model.CONTEXT_TOKENS)
        .put("embedding_length", Embedding.DIMENSIONS);
  }

  private static String capabilities(Model model) {
    return "[" + Json.quote(model.capability()) + "]";
  }

  private static Json openAi(String id, Model model) {
    return Json.object()
        .put("id", id)
        .put("object", "model")
        .put("created", model.modifiedAt().getEpochSecond())
        .put("owned_by", "library");
  }
}
