package ollama.gateway.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.ollama.ErrorShape;
import ollama.gateway.ollama.Json;

/** What turns texts into vectors. */
final class EmbeddingRoutes {

  /** Keeps the work for one request short: it is done on the event loop. */
  static final int TEXTS_MAX = 256;

  private final Models models;

  EmbeddingRoutes(Models models) {
    this.models = models;
  }

  void addTo(Router router) {
    router.add("POST", "/api/embed", ErrorShape.NATIVE, this::embed);
    router.add("POST", "/api/embeddings", ErrorShape.NATIVE, this::embedOne);
    router.add("POST", "/v1/embeddings", ErrorShape.OPENAI, this::embedAsOpenAi);
  }

  private void embed(Call call) throws IOException, RefusedException {
    RequestJson json = read(call);
    long loadedNanos = EventLoop.nanoTime();
    String vectors =
        json.prompt().textHashes().stream()
            .map(Embedding::of)
            .collect(Collectors.joining(",", "[", "]"));
    call.respond(
        200,
        Json.object()
            .put("model", json.model())
            .putRaw("embeddings", vectors)
            .put("total_duration", EventLoop.nanoTime() - call.startNanos())
            .put("load_duration", loadedNanos - call.startNanos())
            .put("prompt_eval_count", json.prompt().tokens()));
  }

  private void embedOne(Call call) throws IOException, RefusedException {
    List<Integer> hashes = read(call).prompt().textHashes();
    String vector = hashes.isEmpty() ? "[]" : Embedding.of(hashes.getFirst());
    call.respond(200, Json.object().putRaw("embedding", vector));
  }

  private void embedAsOpenAi(Call call) throws IOException, RefusedException {
    RequestJson json = read(call);
    int tokens = json.prompt().tokens();
    List<Json> data = new ArrayList<>();
    for (int hash : json.prompt().textHashes()) {
      data.add(
          Json.object()
              .put("object", "embedding")
              .putRaw("embedding", Embedding.of(hash))
              .put("index", data.size()));
    }
    call.respond(
        200,
        Json.object()
            .put("object", "list")
            .put("data", data)
            .put("model", json.model())
            .put("usage", Json.object().put("prompt_tokens", tokens).put("total_tokens", tokens)));
  }

  private RequestJson read(Call call) throws IOException, RefusedException {
    RequestJson json = call.json();
    String name = json.model();
    Model model =
        models.asked(name, "model " + Json.quote(name) + " not found, try pulling it first");
    if (!model.embeds()) {
      throw RefusedException.of(
          501, "This server does not support embeddings. Start it with `--embeddings`");
    }
    if (json.prompt().textHashes().size() > TEXTS_MAX) {
      throw RefusedException.of(400, "the demo server embeds " + TEXTS_MAX + " texts at most");
    }
    models.load(model);
    return json;
  }
}
