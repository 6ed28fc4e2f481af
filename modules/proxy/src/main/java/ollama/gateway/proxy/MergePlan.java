package ollama.gateway.proxy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import ollama.gateway.auth.Principal;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.MalformedAnswerException;
import ollama.gateway.ollama.MediaType;
import ollama.gateway.ollama.ModelLists;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.Route;

/**
 * All servers that are up answer, and their lists are made one. Who doesn't answer in time is left
 * out; where nobody does, the request goes the way of all others, which says why, unless whoever
 * asks may not see all models.
 */
final class MergePlan implements Plan {

  /** A list is short and never waits for a model, but for one that is being loaded. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** A list as a server sends it has in it what this key isn't to see. */
  private static final Refusal UNKNOWN =
      new Refusal(503, "No Ollama server has told in time, and in a list, which models it has", 1);

  private static final int OK = 200;

  private final ServerGet get;
  private final Recorder recorder;
  private final Plan otherwise;

  MergePlan(ServerGet get, Recorder recorder, Plan otherwise) {
    this.get = get;
    this.recorder = recorder;
    this.otherwise = otherwise;
  }

  /**
   * Whether this is for a request: a list, of servers that hold different models, or one in which
   * names stand that are none.
   */
  static boolean suits(Call call) {
    String method = call.head().method();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      return false;
    }
    boolean limited = principal(call).isPresent();
    boolean several = call.settings().balancer().needsModel() || limited;
    return switch (call.route()) {
      case TAGS, V1_MODELS -> several || !call.settings().aliases().isEmpty();
      case PS -> several;
      default -> false;
    };
  }

  /** Who asks, if there are models that they may not use. */
  private static Optional<Principal> principal(Call call) {
    return call.identity().principal().filter(Principal::isLimitedInModels);
  }

  @Override
  public Ending run(Call call) throws PeerLeftException, ProtocolException {
    ModelScope.prepare(call);
    List<byte[]> lists = lists(call);
    if (lists.isEmpty()) {
      boolean limited = principal(call).isPresent();
      return limited ? new RefusePlan(UNKNOWN, recorder).run(call) : otherwise.run(call);
    }
    Answers.ok(call, MediaType.JSON, seen(call, merged(call, lists)));
    return Ending.WHOLE;
  }

  private List<byte[]> lists(Call call) throws PeerLeftException {
    EventLoop loop = call.exchange().loop();
    String path = call.route().label();
    Trace trace = call.trace();
    Map<Upstream, FutureTask<Listed>> asked = new LinkedHashMap<>();
    for (Upstream server : call.settings().balancer().servers()) {
      if (server.up() && !server.draining()) {
        FutureTask<Listed> task = new FutureTask<>(() -> ask(loop, server, path));
        Thread _ = loop.startThread(task);
        asked.put(server, task);
        if (trace != null) {
          trace.asks(call, call.settings().target(server));
        }
      }
    }
    long end = System.nanoTime() + TIMEOUT.toNanos();
    List<byte[]> lists = new ArrayList<>();
    for (Map.Entry<Upstream, FutureTask<Listed>> one : asked.entrySet()) {
      UpstreamTarget target = call.settings().target(one.getKey());
      call.attempt(target);
      try {
        Listed listed = one.getValue().get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        // Alone, to find out whose is malformed.
        byte[] _ = merge(call.route(), List.of(listed.list), Map.of(), Map.of());
        lists.add(wanted(one.getKey(), call.route(), listed.list));
        if (trace != null) {
          trace.answered(target, OK, listed.endedNanos);
        }
      } catch (ExecutionException | MalformedAnswerException e) {
        Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
        leftOut(call, target, Failure.MALFORMED, cause == null ? "" : "" + cause.getMessage());
      } catch (TimeoutException e) {
        leftOut(call, target, Failure.SILENT, "not in time");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    call.exchange().check();
    return lists;
  }

  /** What a server lists; they are looked at one after the other, later than they come. */
  private static final class Listed {
    private final byte[] list;
    private final long endedNanos = System.nanoTime();

    private Listed(byte[] list) {
      this.list = list;
    }
  }

  private Listed ask(EventLoop loop, Upstream server, String path) throws IOException {
    return new Listed(get.ask(loop, server.server(), path, TIMEOUT, ServerGet::body));
  }

  private void leftOut(Call call, UpstreamTarget target, Failure failure, String why) {
    recorder.leftOut(call, failure, why);
    Trace trace = call.trace();
    if (trace != null) {
      trace.failed(target, failure, why);
    }
  }

  /** What of a server's list is in that of the gateway: the models for which it is used. */
  private static byte[] wanted(Upstream server, Route route, byte[] list)
      throws MalformedAnswerException {
    if (!server.isRestricted()) {
      return list;
    }
    Predicate<String> allowed =
        name -> ModelName.of(name).filter(model -> server.allows(model.toString())).isPresent();
    return only(route, list, allowed);
  }

  /**
   * How long the context of each model is that is loaded; of several, that of the server where it
   * is shortest, since a request may come there.
   */
  private static Map<String, Integer> contexts(Balancer balancer) {
    Map<String, Integer> contexts = new HashMap<>();
    for (Upstream server : balancer.servers()) {
      if (server.up()) {
        server
            .inventory()
            .loaded()
            .forEach((model, tokens) -> contexts.merge(model, tokens, Math::min));
      }
    }
    contexts.values().removeIf(tokens -> tokens <= 0);
    return contexts;
  }

  /** What of a list whoever asks may see. */
  private static byte[] seen(Call call, byte[] list) {
    Optional<Principal> principal = principal(call);
    if (principal.isEmpty()) {
      return list;
    }
    Predicate<String> mayUse =
        name ->
            ModelName.of(name)
                .filter(model -> ModelScope.mayUse(call, principal.get(), model))
                .isPresent();
    try {
      return only(call.route(), list, mayUse);
    } catch (MalformedAnswerException e) {
      throw new IllegalStateException("it was well-formed", e);
    }
  }

  private static byte[] only(Route route, byte[] list, Predicate<String> kept)
      throws MalformedAnswerException {
    return route == Route.V1_MODELS
        ? ModelLists.onlyV1Models(list, kept)
        : ModelLists.only(list, kept);
  }

  private static byte[] merged(Call call, List<byte[]> lists) {
    Settings settings = call.settings();
    try {
      return merge(
          call.route(), lists, contexts(settings.balancer()), settings.aliases().written());
    } catch (MalformedAnswerException e) {
      throw new IllegalStateException("each was well-formed alone", e);
    }
  }

  private static byte[] merge(
      Route route,
      List<byte[]> lists,
      Map<String, Integer> contexts,
      Map<String, List<String>> aliases)
      throws MalformedAnswerException {
    return switch (route) {
      case PS -> ModelLists.mergePs(lists);
      case V1_MODELS -> ModelLists.mergeV1Models(lists, contexts, aliases);
      default -> ModelLists.mergeTags(lists, aliases);
    };
  }
}
