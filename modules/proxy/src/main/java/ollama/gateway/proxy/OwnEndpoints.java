package ollama.gateway.proxy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.metrics.GatewayMetrics;

/** What the gateway answers itself: that it runs, its metrics, its administration. */
final class OwnEndpoints {

  private static final String READ = "GET, HEAD";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final byte[] RUNNING = "Ollama is running".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] LIVE = "live".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] READY = "ready".getBytes(StandardCharsets.US_ASCII);

  private final Admin admin;
  private final GatewayMetrics metrics;
  private final OffLoop offLoop;
  private final Recorder recorder;

  OwnEndpoints(Admin admin, GatewayMetrics metrics, OffLoop offLoop, Recorder recorder) {
    this.admin = admin;
    this.metrics = metrics;
    this.offLoop = offLoop;
    this.recorder = recorder;
  }

  /**
   * Whether a request is answered here whoever asks: an orchestrator's probes come from addresses
   * that nobody thinks of in the address rules, and refusing one would end the gateway. The answer
   * says one word.
   */
  static boolean isProbe(GatewayRequest request) {
    return switch (request.route()) {
      case LIVE, READY -> isRead(request);
      default -> false;
    };
  }

  /**
   * Whether a request is answered here without a key: Ollama's own command line asks {@code HEAD /}
   * first and can't send one, and a scraper has none.
   */
  static boolean isPublic(GatewayRequest request) {
    return switch (request.route()) {
      case ROOT -> isRead(request) && !request.carriesKeyInPath();
      case METRICS -> isRead(request);
      default -> false;
    };
  }

  /** Whether a request is answered here once its key is known. */
  static boolean isOwn(GatewayRequest request) {
    return request.route().kind() == Route.Kind.OWN
        || (request.route() == Route.ROOT && isRead(request));
  }

  /** Answers a request for which {@link #isProbe}, {@link #isPublic} or {@link #isOwn} holds. */
  void answer(GatewayRequest request) throws PeerLeftException {
    switch (request.route()) {
      case ROOT -> Answers.ok(request, TEXT, RUNNING);
      case METRICS -> metrics(request);
      case LIVE -> live(request);
      case READY -> ready(request);
      case RELOAD, NEW_KEY -> administer(request);
      default -> Answers.refuse(request, Refusal.NO_SUCH_PATH);
    }
  }

  private static void live(GatewayRequest request) throws PeerLeftException {
    if (isRead(request)) {
      Answers.ok(request, TEXT, LIVE);
    } else {
      Answers.methodNotAllowed(request, READ);
    }
  }

  private static void ready(GatewayRequest request) throws PeerLeftException {
    if (!isRead(request)) {
      Answers.methodNotAllowed(request, READ);
    } else if (request.exchange().draining()) {
      Answers.refuse(request, Refusal.DRAINING);
    } else if (nobodyCanBeReached(request.settings().balancer())) {
      Answers.refuse(request, Refusal.NO_SERVER_REACHED);
    } else {
      Answers.ok(request, TEXT, READY);
    }
  }

  /**
   * A server that is down otherwise may only be too busy for its check, and requests are tried
   * there when no other is up: an orchestrator that takes every replica out of service would end
   * that.
   */
  private static boolean nobodyCanBeReached(Balancer balancer) {
    return balancer.servers().stream().allMatch(Upstream::unreachable);
  }

  private void metrics(GatewayRequest request) throws PeerLeftException {
    if (!isRead(request)) {
      Answers.methodNotAllowed(request, READ);
    } else if (!request.settings().config().metrics().enabled()) {
      Answers.refuse(request, Refusal.METRICS_OFF);
    } else {
      Optional<byte[]> page =
          blocking(request, OffLoop.Work.SCRAPES, "Failed to collect the metrics", metrics::scrape);
      if (page.isPresent()) {
        Answers.ok(request, GatewayMetrics.CONTENT_TYPE, page.get());
      }
    }
  }

  private void administer(GatewayRequest request) throws PeerLeftException {
    String method = request.head().method();
    if (!method.equals("GET") && !method.equals("POST")) {
      Answers.methodNotAllowed(request, "GET, POST");
      return;
    }
    boolean may = request.principal().filter(request.settings().keys()::mayAdminister).isPresent();
    if (!may) {
      Answers.refuse(request, Refusal.NOT_ADMIN);
      return;
    }
    Optional<String> text =
        request.route() == Route.RELOAD
            ? administration(request, "Failed to reload the config file", this::reload)
            : administration(request, "Failed to make a key", admin::newKey);
    if (text.isPresent()) {
      Answers.ok(request, TEXT, text.get().getBytes(StandardCharsets.US_ASCII));
    }
  }

  private String reload() throws AdminException {
    admin.reload();
    return "OK";
  }

  private Optional<String> administration(
      GatewayRequest request, String failure, Callable<String> task) throws PeerLeftException {
    return blocking(request, OffLoop.Work.ADMINISTRATION, failure, task);
  }

  /** What the task gives; empty when it failed, and the client has been told. */
  private <T> Optional<T> blocking(
      GatewayRequest request, OffLoop.Work kind, String failure, Callable<T> task)
      throws PeerLeftException {
    try {
      return Optional.of(offLoop.call(kind, task));
    } catch (RejectedExecutionException e) {
      boolean scrapes = kind == OffLoop.Work.SCRAPES;
      Refusal refusal = scrapes ? Refusal.SCRAPES : Refusal.ADMINISTRATION;
      recorder.refused(request, scrapes ? "scrapes" : "administration", refusal.message());
      Answers.refuse(request, refusal);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof IOException cause)) {
        // The server logs and counts it, and tells the client nothing of it.
        throw new IllegalStateException(failure, e.getCause());
      }
      recorder.notDone(request, failure, String.valueOf(cause.getMessage()));
      String why = cause instanceof AdminException told ? told.forClient() : "the log says why";
      Answers.refuse(request, new Refusal(500, failure + ": " + why));
    }
    return Optional.empty();
  }

  private static boolean isRead(GatewayRequest request) {
    String method = request.head().method();
    return method.equals("GET") || method.equals("HEAD");
  }
}
