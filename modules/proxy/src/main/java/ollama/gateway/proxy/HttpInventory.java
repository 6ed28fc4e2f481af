package ollama.gateway.proxy;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.balancer.InventorySource;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.ollama.MalformedAnswerException;
import ollama.gateway.ollama.ModelList;
import ollama.gateway.ollama.Spoken;

/** Asks a server which models it has: {@code /api/tags} and {@code /api/ps}. */
public final class HttpInventory implements InventorySource {

  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 405;
  private static final int NOT_IMPLEMENTED = 501;

  private final ServerGet get;
  private final EventLoops loops;

  /** One whose connections are watched by these loops. */
  public HttpInventory(UpstreamClient client, EventLoops loops, ServerTls tls) {
    this.get = new ServerGet(client, tls);
    this.loops = loops;
  }

  @Override
  public Listed installed(OllamaServer server, Duration timeout) throws IOException {
    byte[] tags;
    try {
      tags = list(server, "/api/tags", timeout);
    } catch (ServerGet.StatusException e) {
      if (e.status() == NOT_FOUND || e.status() == NOT_ALLOWED || e.status() == NOT_IMPLEMENTED) {
        // Another program than Ollama, which has no account at ollama.com to spend.
        return new Listed(Optional.empty(), Set.of());
      }
      throw e;
    }
    Set<String> names = new HashSet<>();
    Set<String> remote = new HashSet<>();
    try {
      for (ModelList.Installed model : ModelList.installed(tags)) {
        names.add(model.name().toString());
        if (model.remote()) {
          remote.add(model.name().toString());
        }
      }
    } catch (MalformedAnswerException e) {
      throw new IOException("its list of models is malformed: " + e.getMessage(), e);
    }
    return new Listed(Optional.of(names), remote);
  }

  @Override
  public Map<String, Integer> loaded(OllamaServer server, Duration timeout) throws IOException {
    byte[] ps = list(server, "/api/ps", timeout);
    Map<String, Integer> contexts = new HashMap<>();
    try {
      for (ModelList.Loaded model : ModelList.loaded(ps)) {
        contexts.put(
            model.name().toString(), Math.clamp(model.contextLength(), 0, Integer.MAX_VALUE));
      }
    } catch (MalformedAnswerException e) {
      throw new IOException("its list of loaded models is malformed: " + e.getMessage(), e);
    }
    return contexts;
  }

  @Override
  public Optional<String> version(OllamaServer server, Duration timeout) throws IOException {
    return Spoken.of(list(server, "/api/version", timeout)).version();
  }

  private byte[] list(OllamaServer server, String path, Duration timeout) throws IOException {
    return get.await(loops.next(), server, path, timeout, ServerGet::body);
  }
}
