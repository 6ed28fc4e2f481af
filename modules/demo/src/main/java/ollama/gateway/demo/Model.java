package ollama.gateway.demo;

import java.time.Instant;
import ollama.gateway.ollama.Json;

/**
 * A model, as the lists tell of it.
 *
 * @param name with its tag
 * @param digest what it is made of: two names for one model share it
 * @param embeds whether it turns texts into vectors, instead of answering
 */
record Model(String name, Instant modifiedAt, long sizeBytes, String digest, boolean embeds) {

  static final int CONTEXT_TOKENS = 4096;

  /** The same model under another name. */
  Model copy(String copyName) {
    return new Model(copyName, Instant.now(), sizeBytes, digest, embeds);
  }

  String capability() {
    return embeds ? "embedding" : "completion";
  }

  /** What kind of model it is: none, and it says so. */
  Json details() {
    return Json.object()
        .put("parent_model", "")
        .put("format", "gguf")
        .put("family", "demo")
        .putRaw("families", "[\"demo\"]")
        .put("parameter_size", "0")
        .put("quantization_level", "unknown");
  }
}
