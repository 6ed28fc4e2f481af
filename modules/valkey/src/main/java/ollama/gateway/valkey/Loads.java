package ollama.gateway.valkey;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.Standing;
import redis.clients.jedis.Response;

/**
 * Which servers load a model for this gateway, as far as the store may think so: no other gateway
 * has them load another one meanwhile. For the courier's thread.
 */
final class Loads {
  private final Courier courier;
  private final Line line;

  /** One for each server. */
  private final Map<String, String> models = new HashMap<>();

  Loads(Courier courier, Line line) {
    this.courier = courier;
    this.line = line;
  }

  /** A slot is asked for, with which a load would begin. */
  void mayBegin(String server, String model) {
    // Of two of its own the store refuses neither, and has the latter.
    String _ = models.put(server, model);
  }

  boolean none() {
    return models.isEmpty();
  }

  /** Tells what is over, or has never begun; by what the line says when it is sent. */
  final class Ends implements StoreCall {
    private final Map<String, Response<Object>> answers = new HashMap<>();

    @Override
    public void send(Wire wire) {
      Set<String> loading = new HashSet<>();
      for (Standing standing : line.standings(System.nanoTime())) {
        if (standing.loading()) {
          boolean _ = loading.add(standing.where().server());
        }
      }
      answers.clear();
      models.forEach(
          (server, model) -> {
            if (!loading.contains(server)) {
              Response<Object> _ = answers.put(server, end(wire, server, model));
            }
          });
    }

    @Override
    public void answered() {
      for (Iterator<Map.Entry<String, Response<Object>>> all = answers.entrySet().iterator();
          all.hasNext(); ) {
        Map.Entry<String, Response<Object>> each = all.next();
        Object _ = each.getValue().get();
        String _ = models.remove(each.getKey());
        all.remove();
      }
    }

    @Override
    public void failed() {
      // They are told of with the next beat.
    }
  }

  private Response<Object> end(Wire wire, String server, String model) {
    Names names = courier.names();
    return wire.call(
        Script.LOADED, List.of(names.load(server)), List.of(courier.replica(), Names.bytes(model)));
  }

  void dropAll(Wire wire) {
    models.forEach(
        (server, model) -> {
          Response<Object> _ = end(wire, server, model);
        });
    models.clear();
  }
}
