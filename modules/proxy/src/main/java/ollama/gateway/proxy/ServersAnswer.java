package ollama.gateway.proxy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import ollama.gateway.balancer.Health;
import ollama.gateway.balancer.Inventory;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.balancer.dispatch.Learned;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.ollama.Json;
import ollama.gateway.ollama.MediaType;

/** What administrators are told of the servers, and how they take one out of service. */
final class ServersAnswer {

  private ServersAnswer() {}

  /** All of them, in the order of the settings. */
  static void list(Call call) throws PeerLeftException {
    answer(
        call,
        objects(call.settings(), true).stream()
            .map(Json::toString)
            .collect(Collectors.joining(",", "[", "]")));
  }

  /**
   * Each of them, in the order of the settings.
   *
   * @param withModels whether with all models that each has, of which there may be many
   */
  static List<Json> objects(Settings settings, boolean withModels) {
    return settings.balancer().servers().stream()
        .map(server -> object(settings, server, withModels))
        .toList();
  }

  /** Lets the server that the path names get no new requests. */
  static void drain(Call call) throws PeerLeftException {
    drain(call, true);
  }

  /** Lets it get them again. */
  static void resume(Call call) throws PeerLeftException {
    drain(call, false);
  }

  private static void drain(Call call, boolean draining) throws PeerLeftException {
    String name = OwnEndpoint.name(call.target().path());
    List<Upstream> servers = call.settings().balancer().servers();
    for (Upstream server : servers) {
      if (server.name().equals(name)) {
        server.drain(draining, "asked for with the key " + call.identity().keyName());
        answer(call, object(call.settings(), server, true).toString());
        return;
      }
    }
    // The name isn't told again: it may be anything that somebody pasted.
    String known = servers.stream().map(Upstream::name).collect(Collectors.joining(", "));
    Answers.refuse(call, new Refusal(404, "No server has this name; these are known: " + known));
  }

  private static void answer(Call call, String json) throws PeerLeftException {
    Answers.ok(call, MediaType.JSON, json.getBytes(StandardCharsets.UTF_8));
  }

  private static Json object(Settings settings, Upstream server, boolean withModels) {
    Health health = server.health();
    Inventory inventory = server.inventory();
    Json object =
        Json.object()
            .put("name", server.name())
            .put("url", server.address().text())
            .put("state", state(server, health))
            .put("up", health.up());
    if (withModels) {
      putModels(object, inventory);
    }
    object
        .put("loaded", loaded(inventory))
        .put("inFlight", server.inFlight())
        .put("waiting", settings.balancer().line().waiting(server.name()))
        .put("learned", learned(settings.balancer().line().learned(server.name())));
    if (health.lastFailure().isEmpty()) {
      object.putNull("lastError");
    } else {
      object.put("lastError", health.lastFailure());
    }
    return object.put("since", server.drainingSince().orElse(health.since()).toString());
  }

  private static void putModels(Json object, Inventory inventory) {
    if (inventory.installed().isPresent()) {
      object.putRaw(
          "models",
          new TreeSet<>(inventory.installed().get())
              .stream().map(Json::quote).collect(Collectors.joining(",", "[", "]")));
    } else {
      object.putNull("models");
    }
  }

  private static String state(Upstream server, Health health) {
    if (server.draining()) {
      return "draining";
    }
    if (!health.up()) {
      return "down";
    }
    return server.ejection().isEjected() ? "ejected" : "up";
  }

  private static List<Json> loaded(Inventory inventory) {
    List<Json> models = new ArrayList<>();
    for (Map.Entry<String, Integer> model : new TreeMap<>(inventory.loaded()).entrySet()) {
      models.add(Json.object().put("name", model.getKey()).put("contextLength", model.getValue()));
    }
    return models;
  }

  /** Models that it had to do with, and how it is with them; what isn't known yet is null. */
  private static List<Json> learned(List<Learned> models) {
    List<Json> objects = new ArrayList<>();
    for (Learned model : models) {
      Json object = Json.object().put("model", model.model()).put("loaded", model.loaded());
      put(object, "slots", model.slots() == 0 ? Double.NaN : model.slots());
      object.put("inFlight", model.inFlight());
      put(object, "loadMillis", model.speed().loadMillis());
      put(object, "promptTokensPerSecond", model.speed().prefillRate());
      put(object, "answerTokensPerSecond", model.speed().decodeRate());
      put(object, "serviceMillis", model.speed().serviceMillis());
      objects.add(object);
    }
    return objects;
  }

  private static void put(Json object, String name, double number) {
    if (Double.isFinite(number)) {
      object.put(name, Math.round(number));
    } else {
      object.putNull(name);
    }
  }
}
