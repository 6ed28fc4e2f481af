package ollama.gateway.demo;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import ollama.gateway.ollama.ErrorShape;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.MediaType;

/** What changes the models. Pull, push and create report line by line, errors too. */
final class ModelRoutes {

  private static final String FULL =
      "the demo server keeps " + Models.COUNT_MAX + " models at most";

  private final Models models;
  private final Blobs blobs;

  ModelRoutes(Models models, Blobs blobs) {
    this.models = models;
    this.blobs = blobs;
  }

  void addTo(Router router) {
    router.add("POST", "/api/create", ErrorShape.NATIVE, this::create);
    router.add("POST", "/api/pull", ErrorShape.NATIVE, this::pull);
    router.add("POST", "/api/push", ErrorShape.NATIVE, this::push);
    router.add("POST", "/api/copy", ErrorShape.NATIVE, this::copy);
    router.add("DELETE", "/api/delete", ErrorShape.NATIVE, this::delete);
  }

  private void copy(Call call) throws IOException, RefusedException {
    RequestJson json = call.json();
    String source = json.name("source");
    String destination = json.name("destination");
    checkName(source);
    checkName(destination);
    Model model =
        models
            .find(source)
            .orElseThrow(
                () -> RefusedException.of(404, "model " + Json.quote(source) + " not found"));
    if (!models.add(model.copy(ModelName.withTag(destination)))) {
      throw RefusedException.of(507, FULL);
    }
    call.respond(200);
  }

  private void delete(Call call) throws IOException, RefusedException {
    String name = call.json().model();
    checkName(name);
    if (!models.remove(name)) {
      throw RefusedException.of(404, "model '" + name + "' not found");
    }
    call.respond(200);
  }

  private void create(Call call) throws IOException, RefusedException {
    RequestJson json = call.json();
    checkName(json.model());
    List<String> steps = new ArrayList<>();
    Optional<String> error =
        json.files().isEmpty() ? createFromModel(json, steps) : createFromFiles(json, steps);
    report(call, json, steps, error);
  }

  private Optional<String> createFromModel(RequestJson json, List<String> steps) {
    String from = json.name("from");
    if (from.isEmpty()) {
      return Optional.of("neither 'from' or 'files' was specified");
    }
    Optional<Model> base = models.find(from);
    if (base.isEmpty()) {
      steps.add("pulling manifest");
      return Optional.of(cannotPull(from));
    }
    steps.add("using existing layer sha256:" + base.get().digest());
    return add(json.model(), base.get(), base.get().digest(), steps);
  }

  private Optional<String> createFromFiles(RequestJson json, List<String> steps) {
    steps.add("parsing GGUF");
    for (String digest : json.files()) {
      if (!blobs.has(digest)) {
        return Optional.of("open " + digest + ": no such file or directory");
      }
      steps.add("using existing layer " + digest);
    }
    Model base = new Model("", Instant.now(), CannedText.size(), "", false);
    return add(json.model(), base, json.files().getFirst(), steps);
  }

  private Optional<String> add(String name, Model base, String source, List<String> steps) {
    String full = ModelName.withTag(name);
    String digest = Sha256.hex(full + source);
    if (!models.add(new Model(full, Instant.now(), base.sizeBytes(), digest, base.embeds()))) {
      return Optional.of(FULL);
    }
    steps.add("writing manifest");
    return Optional.empty();
  }

  private void pull(Call call) throws IOException, RefusedException {
    RequestJson json = call.json();
    checkName(json.model());
    List<String> steps = new ArrayList<>(List.of("pulling manifest"));
    Optional<Model> model = models.find(json.model());
    if (model.isEmpty()) {
      report(call, json, steps, Optional.of(cannotPull(json.model())));
      return;
    }
    steps.add("verifying sha256 digest");
    steps.add("writing manifest");
    report(call, json, steps, Optional.empty());
  }

  private void push(Call call) throws IOException, RefusedException {
    RequestJson json = call.json();
    checkName(json.model());
    List<String> steps = new ArrayList<>(List.of("retrieving manifest"));
    if (models.find(json.model()).isEmpty()) {
      steps.add("couldn't retrieve manifest");
      String error = "open " + json.model() + ": no such file or directory";
      report(call, json, steps, Optional.of(error));
    } else {
      report(call, json, steps, Optional.of("the demo server pushes nothing to anywhere"));
    }
  }

  /** Tells each step and how it ended: all in a stream with status 200, or the end alone. */
  private static void report(
      Call call, RequestJson json, List<String> steps, Optional<String> error) throws IOException {
    Json end =
        error
            .map(text -> Json.object().put("error", text))
            .orElseGet(() -> Json.object().put("status", "success"));
    if (!json.stream().orElse(true)) {
      call.respond(error.isPresent() ? 500 : 200, Call.JSON, end.toString());
      return;
    }
    call.startStream(MediaType.LINES, false);
    for (String step : steps) {
      call.sendPiece(Json.object().put("status", step) + "\n");
    }
    call.sendPiece(end + "\n");
    call.endStream();
  }

  private static String cannotPull(String name) {
    return "pull model manifest: the demo server downloads nothing, and has no " + name;
  }

  private static void checkName(String name) throws RefusedException {
    if (!ModelName.isValid(name)) {
      throw RefusedException.of(400, "invalid model name");
    }
  }
}
