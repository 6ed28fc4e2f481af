package ollama.gateway.proxy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import ollama.gateway.auth.Principal;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.config.ConfigView;
import ollama.gateway.console.PageFile;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.metrics.ScrapeFormat;
import ollama.gateway.ollama.MediaType;

/** The answers of the gateway's own endpoints: that it runs, its metrics, its administration. */
final class OwnPlans {

  private static final byte[] RUNNING = "Ollama is running".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] LIVE = "live".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] READY = "ready".getBytes(StandardCharsets.US_ASCII);

  private static final FieldName VARY = FieldName.of("Vary");

  private final Console console;
  private final GatewayMetrics metrics;
  private final OffLoop offLoop;
  private final Recorder recorder;
  private final Map<PageFile, byte[]> pageFiles = new ConcurrentHashMap<>();
  private final Map<OwnEndpoint, Plan> plans = new EnumMap<>(OwnEndpoint.class);

  OwnPlans(
      Console console,
      Supplier<Settings> settings,
      GatewayMetrics metrics,
      OffLoop offLoop,
      Recorder recorder) {
    this.console = console;
    this.metrics = metrics;
    this.offLoop = offLoop;
    this.recorder = recorder;
    add(OwnEndpoint.ROOT, call -> Answers.ok(call, MediaType.TEXT, RUNNING));
    add(OwnEndpoint.LIVE, call -> Answers.ok(call, MediaType.TEXT, LIVE));
    add(OwnEndpoint.READY, OwnPlans::ready);
    add(OwnEndpoint.METRICS, this::scrape);
    add(
        OwnEndpoint.RELOAD,
        call -> administer(call, "Failed to reload the config file", this::reload));
    add(
        OwnEndpoint.NEW_KEY,
        call -> administer(call, "Failed to make a key", console.admin()::newKey));
    add(OwnEndpoint.SERVERS, call -> administer(call, ServersAnswer::list));
    add(
        OwnEndpoint.STATUS,
        call ->
            administer(
                call, admitted -> StatusAnswer.give(admitted, metrics, console.viewers().get())));
    add(OwnEndpoint.QUEUE, call -> administer(call, QueueAnswer::list));
    add(OwnEndpoint.USAGE, this::usage);
    add(OwnEndpoint.CONFIG, call -> administer(call, this::config));
    add(OwnEndpoint.DRAIN, call -> administer(call, ServersAnswer::drain));
    add(OwnEndpoint.RESUME, call -> administer(call, ServersAnswer::resume));
    addPage(settings);
    add(OwnEndpoint.NOTHING, call -> Answers.refuse(call, Refusal.NO_SUCH_PATH));
  }

  private void addPage(Supplier<Settings> settings) {
    PageEvents events =
        new PageEvents(
            settings, console, new PageFeed(console, metrics, settings, offLoop), recorder);
    Admin admin = console.admin();
    add(OwnEndpoint.PAGE, this::page);
    add(OwnEndpoint.PAGE_FILE, this::page);
    add(OwnEndpoint.LOGIN, forAdmins(this::logIn));
    add(OwnEndpoint.LOGOUT, Login::end);
    add(OwnEndpoint.SESSION, forAdmins(call -> Answers.withoutBody(call, 204, fields -> {})));
    add(OwnEndpoint.EVENTS, forAdmins(events::give));
    add(OwnEndpoint.KEYS, forAdmins(this::keys));
    add(OwnEndpoint.ENABLE_KEY, forAdmins(call -> switchKey(call, true)));
    add(OwnEndpoint.DISABLE_KEY, forAdmins(call -> switchKey(call, false)));
    add(
        OwnEndpoint.CHANGES,
        forAdmins(
            call ->
                change(call, "Failed to reload the config file", () -> KeysAnswer.reload(admin))));
  }

  /**
   * What the page asks for: where it is switched off nobody gets that, and no key that may only
   * administer as long as none is marked admin.
   */
  private static OwnPlan.Answer forAdmins(OwnPlan.Answer answer) {
    return call -> {
      if (!StatusPage.isOn(call.settings())) {
        Answers.refuse(call, Refusal.NO_SUCH_PATH);
      } else if (call.identity().principal().filter(Principal::admin).isEmpty()) {
        Answers.refuse(call, Refusal.NOT_ADMIN);
      } else {
        answer.give(call);
      }
    };
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
      Answers.ok(call, MediaType.TEXT, READY);
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
    Optional<UsageAnswer.Told> told =
        blocking(
            call,
            OffLoop.Work.USAGE,
            "Failed to collect the usage",
            () -> asked.tell(call.settings()));
    if (told.isPresent()) {
      byte[] text = told.get().text().getBytes(StandardCharsets.UTF_8);
      Answers.ok(call, asked.contentType(), text, told.get()::addTo);
    }
  }

  private void page(Call call) throws PeerLeftException {
    if (StatusPage.isElsewhere(call)) {
      return;
    }
    Optional<PageFile> file = StatusPage.file(call);
    if (file.isEmpty()) {
      Answers.refuse(call, Refusal.NO_SUCH_PATH);
      return;
    }
    // Anybody may ask for them, as often as they like: they are read once.
    byte[] known = pageFiles.get(file.get());
    Optional<byte[]> content =
        known == null
            ? blocking(call, OffLoop.Work.PAGE, "Failed to read the page", file.get()::content)
            : Optional.of(known);
    if (content.isPresent()) {
      pageFiles.putIfAbsent(file.get(), content.get());
      StatusPage.give(call, file.get(), content.get());
    }
  }

  private void logIn(Call call) throws PeerLeftException {
    Optional<String> token =
        blocking(call, OffLoop.Work.PAGE, "Failed to log in", () -> Login.begin(call));
    if (token.isPresent()) {
      Login.give(call, token.get());
    }
  }

  private void keys(Call call) throws PeerLeftException {
    if (call.head().method().equals("POST")) {
      String name = KeysAnswer.nameOfNew(call);
      change(call, "Failed to make a key", () -> KeysAnswer.make(console.admin(), name));
    } else {
      KeysAnswer.list(call);
    }
  }

  private void switchKey(Call call, boolean on) throws PeerLeftException {
    String name = OwnEndpoint.name(call.target().path());
    change(call, "Failed to change the key", () -> KeysAnswer.change(console.admin(), name, on));
  }

  /** Does what the page asks for, and answers with what came of it. */
  private void change(Call call, String failure, Callable<String> task) throws PeerLeftException {
    Optional<String> json = blocking(call, OffLoop.Work.ADMINISTRATION, failure, task);
    if (json.isPresent()) {
      StatusPage.json(call, json.get());
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
      Answers.ok(call, MediaType.JSON, json.get().getBytes(StandardCharsets.UTF_8));
    }
  }

  private void administer(Call call, String failure, Callable<String> task)
      throws PeerLeftException {
    administer(
        call,
        admitted -> {
          Optional<String> text = blocking(admitted, OffLoop.Work.ADMINISTRATION, failure, task);
          if (text.isPresent()) {
            Answers.ok(admitted, MediaType.TEXT, text.get().getBytes(StandardCharsets.US_ASCII));
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
    console.admin().reload();
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
            case PAGE -> Refusal.PAGE;
            default -> Refusal.ADMINISTRATION;
          };
      Ending _ = new RefusePlan(refusal, recorder).run(call);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof IOException cause)) {
        // The server logs and counts it, and tells the client nothing of it.
        throw new IllegalStateException(failure, e.getCause());
      }
      recorder.notDone(call, failure, String.valueOf(cause.getMessage()));
      int status = cause instanceof AdminException told ? told.status() : 500;
      String why = cause instanceof AdminException told ? told.forClient() : "the log says why";
      Answers.refuse(call, new Refusal(status, failure + ": " + why));
    }
    return Optional.empty();
  }
}
