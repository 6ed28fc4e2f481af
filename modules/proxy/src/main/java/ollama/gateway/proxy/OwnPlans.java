package ollama.gateway.proxy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.config.ConfigView;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.metrics.ScrapeFormat;

/** The answers of the gateway's own endpoints: that it runs, its metrics, its administration. */
final class OwnPlans {

  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json; charset=utf-8";
  private static final byte[] RUNNING = "Ollama is running".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] LIVE = "live".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] READY = "ready".getBytes(StandardCharsets.US_ASCII);

  private static final FieldName VARY = FieldName.of("Vary");

  private final Admin admin;
  private final GatewayMetrics metrics;
  private final OffLoop offLoop;
  private final Recorder recorder;
  private final Map<OwnEndpoint, Plan> plans = new EnumMap<>(OwnEndpoint.class);

  OwnPlans(Admin admin, GatewayMetrics metrics, OffLoop offLoop, Recorder recorder) {
    this.admin = admin;
    this.metrics = metrics;
    this.offLoop = offLoop;
    this.recorder = recorder;
    add(OwnEndpoint.ROOT, call -> Answers.ok(call, TEXT, RUNNING));
    add(OwnEndpoint.LIVE, call -> Answers.ok(call, TEXT, LIVE));
    add(OwnEndpoint.READY, OwnPlans::ready);
    add(OwnEndpoint.METRICS, this::scrape);
    add(
        OwnEndpoint.RELOAD,
        call -> administer(call, "Failed to reload the config file", this::reload));
    add(OwnEndpoint.NEW_KEY, call -> administer(call, "Failed to make a key", admin::newKey));
    add(OwnEndpoint.SERVERS, call -> administer(call, ServersAnswer::list));
    add(
        OwnEndpoint.STATUS,
        call -> administer(call, admitted -> StatusAnswer.give(admitted, metrics)));
    add(OwnEndpoint.QUEUE, call -> administer(call, QueueAnswer::list));
    add(OwnEndpoint.USAGE, this::usage);
    add(OwnEndpoint.CONFIG, call -> administer(call, this::config));
    add(OwnEndpoint.DRAIN, call -> administer(call, ServersAnswer::drain));
    add(OwnEndpoint.RESUME, call -> administer(call, ServersAnswer::resume));
    add(OwnEndpoint.NOTHING, call -> Answers.refuse(call, Refusal.NO_SUCH_PATH));
  }

  Plan of(OwnEndpoint endpoint) {
    Plan plan = plans.get(endpoint);
    if (plan == null) {
      throw new IllegalStateException("nothing answers " + endpoint);
    }
    return plan;
  }

  private void add(OwnEndpoint endpoint, OwnPlan.Answer answer) {
    plans.put(endpoint, new OwnPlan(endpoint.methods(), answer));
  }

  private static void ready(Call call) throws PeerLeftException {
    if (call.exchange().draining()) {
      Answers.refuse(call, Refusal.DRAINING);
    } else if (nobodyCanBeReached(call.settings().balancer())) {
      boolean drained = call.settings().balancer().servers().stream().anyMatch(Upstream::draining);
      Answers.refuse(call, drained ? Refusal.SERVERS_DRAINED : Refusal.NO_SERVER_REACHED);
    } else {
      Answers.ok(call, TEXT, READY);
    }
  }

  /**
   * A server that is down otherwise may only be too busy for its check, and requests are tried
   * there when no other is up: an orchestrator that takes every replica out of service would end
   * that.
   */
  private static boolean nobodyCanBeReached(Balancer balancer) {
    return balancer.servers().stream().allMatch(s -> s.unreachable() || s.draining());
  }

  private void scrape(Call call) throws PeerLeftException {
    if (!call.settings().config().metrics().enabled()) {
      Answers.refuse(call, Refusal.METRICS_OFF);
      return;
    }
    ScrapeFormat format = ScrapeFormat.of(accepted(call.head().fields()));
    Optional<byte[]> page =
        blocking(
            call,
            OffLoop.Work.SCRAPES,
            "Failed to collect the metrics",
            () -> metrics.scrape(format));
    if (page.isPresent()) {
      Answers.ok(call, format.contentType(), page.get(), more -> more.field(VARY, "Accept"));
    }
  }

  /** All of its field {@code Accept}, which may stand there more than once. */
  private static String accepted(Fields fields) {
    StringJoiner accepted = new StringJoiner(",");
    for (int i = 0; i < fields.count(); i++) {
      if (fields.nameIs(i, "accept")) {
        accepted.add(fields.value(i));
      }
    }
    return accepted.toString();
  }

  private void usage(Call call) throws PeerLeftException {
    UsageAnswer asked;
    try {
      asked = UsageAnswer.of(call);
    } catch (UsageAnswer.RefusedException e) {
      Answers.refuse(call, e.refusal());
      return;
    }
    Optional<String> text =
        blocking(
            call,
            OffLoop.Work.USAGE,
            "Failed to collect the usage",
            () -> asked.text(call.settings()));
    if (text.isPresent()) {
      Answers.ok(call, asked.contentType(), text.get().getBytes(StandardCharsets.UTF_8));
    }
  }

  private void config(Call call) throws PeerLeftException {
    Optional<String> json =
        blocking(
            call,
            OffLoop.Work.ADMINISTRATION,
            "Failed to collect the settings",
            () -> ConfigView.json(call.settings().config()));
    if (json.isPresent()) {
      Answers.ok(call, JSON, json.get().getBytes(StandardCharsets.UTF_8));
    }
  }

  private void administer(Call call, String failure, Callable<String> task)
      throws PeerLeftException {
    administer(
        call,
        admitted -> {
          Optional<String> text = blocking(admitted, OffLoop.Work.ADMINISTRATION, failure, task);
          if (text.isPresent()) {
            Answers.ok(admitted, TEXT, text.get().getBytes(StandardCharsets.US_ASCII));
          }
        });
  }

  private static void administer(Call call, OwnPlan.Answer answer) throws PeerLeftException {
    if (call.mayAdminister()) {
      answer.give(call);
    } else {
      Answers.refuse(call, Refusal.NOT_ADMIN);
    }
  }

  private String reload() throws AdminException {
    admin.reload();
    return "OK";
  }

  /** What the task gives; empty when it failed, and the client has been told. */
  private <T> Optional<T> blocking(Call call, OffLoop.Work kind, String failure, Callable<T> task)
      throws PeerLeftException {
    try {
      return Optional.of(offLoop.call(kind, task));
    } catch (RejectedExecutionException e) {
      Refusal refusal =
          switch (kind) {
            case SCRAPES -> Refusal.SCRAPES;
            case USAGE -> Refusal.USAGE;
            default -> Refusal.ADMINISTRATION;
          };
      Ending _ = new RefusePlan(refusal, recorder).run(call);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof IOException cause)) {
        // The server logs and counts it, and tells the client nothing of it.
        throw new IllegalStateException(failure, e.getCause());
      }
      recorder.notDone(call, failure, String.valueOf(cause.getMessage()));
      String why = cause instanceof AdminException told ? told.forClient() : "the log says why";
      Answers.refuse(call, new Refusal(500, failure + ": " + why));
    }
    return Optional.empty();
  }
}
