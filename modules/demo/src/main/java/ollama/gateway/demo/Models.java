package ollama.gateway.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The models that the demo server pretends to have, and which of them are loaded. */
final class Models {

  /** More than anyone needs; a client can't fill the memory by copying. */
  static final int COUNT_MAX = 1_000;

  private static final Duration KEPT_LOADED = Duration.ofMinutes(5);

  private final Map<String, Model> byName = new HashMap<>();
  private final Map<String, Instant> loadedUntil = new HashMap<>();

  /** A loaded model, and until when it stays so. */
  record Loaded(Model model, Instant until) {}

  Models() {
    add(builtIn("demo:latest", false));
    add(builtIn("demo-embed:latest", true));
  }

  private static Model builtIn(String name, boolean embeds) {
    long sizeBytes = embeds ? Embedding.BYTES : CannedText.text(CannedText.size()).length();
    return new Model(name, Instant.now(), sizeBytes, Sha256.hex(name), embeds);
  }

  /** The model of this name, with or without its tag. */
  synchronized Optional<Model> find(String name) {
    return Optional.ofNullable(byName.get(ModelName.withTag(name)));
  }

  /**
   * The model that a request is for.
   *
   * @param name as the request has it
   * @param unknown what its client is told where there is none
   * @throws RefusedException where there is none, or can't be
   */
  Model asked(String name, String unknown) throws RefusedException {
    if (!ModelName.isValid(name)) {
      throw RefusedException.of(400, "invalid model name");
    }
    return find(name).orElseThrow(() -> RefusedException.of(404, unknown));
  }

  /** All models, the newest first. */
  synchronized List<Model> list() {
    List<Model> models = new ArrayList<>(byName.values());
    models.sort(Comparator.comparing(Model::modifiedAt).reversed().thenComparing(Model::name));
    return models;
  }

  /** Adds or replaces a model; returns whether there was room for it. */
  final synchronized boolean add(Model model) {
    if (byName.size() >= COUNT_MAX && !byName.containsKey(model.name())) {
      return false;
    }
    byName.put(model.name(), model);
    return true;
  }

  /** Removes a model; returns whether it was there. */
  synchronized boolean remove(String name) {
    loadedUntil.remove(ModelName.withTag(name));
    return byName.remove(ModelName.withTag(name)) != null;
  }

  /** Loads a model, or keeps it loaded for longer. */
  synchronized void load(Model model) {
    loadedUntil.put(model.name(), Instant.now().plus(KEPT_LOADED));
  }

  /** Unloads a model. */
  synchronized void unload(Model model) {
    loadedUntil.remove(model.name());
  }

  /** The loaded models. */
  synchronized List<Loaded> loaded() {
    Instant now = Instant.now();
    loadedUntil.values().removeIf(until -> until.isBefore(now));
    List<Loaded> loaded = new ArrayList<>();
    loadedUntil.forEach(
        (name, until) -> find(name).ifPresent(model -> loaded.add(new Loaded(model, until))));
    loaded.sort(Comparator.comparing(Loaded::until).reversed());
    return loaded;
  }
}
