package ollama.gateway.demo;

import java.io.IOException;
import ollama.gateway.ollama.ErrorShape;
import ollama.gateway.ollama.Json;

/** Uploads: of any size, in constant memory. */
final class BlobRoutes {

  private static final String PATH = "/api/blobs/*";

  private final Blobs blobs;

  BlobRoutes(Blobs blobs) {
    this.blobs = blobs;
  }

  void addTo(Router router) {
    router.add("HEAD", PATH, ErrorShape.NATIVE, this::look);
    router.add("POST", PATH, ErrorShape.NATIVE, this::upload);
  }

  private void look(Call call) throws IOException, RefusedException {
    String digest = digest(call);
    if (!blobs.has(digest)) {
      throw RefusedException.of(404, "blob " + Json.quote(digest) + " not found");
    }
    call.respond(200);
  }

  private void upload(Call call) throws IOException, RefusedException {
    String expected = digest(call);
    if (blobs.has(expected)) {
      // As with Ollama: the answer comes before the body was read.
      call.respond(200);
      return;
    }
    Sha256 sha256 = new Sha256();
    call.body().forEach(sha256::add);
    String actual = "sha256:" + sha256.hex();
    if (!actual.equals(expected)) {
      throw RefusedException.of(
          400, "digest mismatch, expected " + Json.quote(expected) + ", got " + Json.quote(actual));
    }
    blobs.add(expected);
    call.respond(201);
  }

  private static String digest(Call call) throws RefusedException {
    return Blobs.parse(call.parameter())
        .orElseThrow(() -> RefusedException.of(400, "invalid digest format"));
  }
}
