package ollama.gateway.proxy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import ollama.gateway.auth.Principal;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.Signal;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.ollama.MediaType;

/**
 * Tells an open page what goes on, as it changes, by events that the server sends (HTML standard,
 * section 9.2). It ends when the login does, or the gateway.
 */
final class PageEvents {

  private static final FieldName CONTENT_TYPE = FieldName.of("Content-Type");
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** As long as nothing has changed, a word now and then shows who is still there. */
  private static final int SILENT_PERIODS_MAX = 15;

  private static final byte[] NOTHING_NEW = ascii(":\n\n");

  private static final Refusal TOO_MANY =
      new Refusal(
          503,
          "As many status pages are open as may be at once (statusPage.viewers)",
          1,
          Optional.of("page"),
          false);

  private static final Refusal NOT_FOR_EVENTS =
      new Refusal(406, "These are events, for who accepts " + MediaType.EVENTS);

  private final Supplier<Settings> settings;
  private final Console console;
  private final PageFeed feed;
  private final Recorder recorder;

  PageEvents(Supplier<Settings> settings, Console console, PageFeed feed, Recorder recorder) {
    this.settings = settings;
    this.console = console;
    this.feed = feed;
    this.recorder = recorder;
  }

  /** Answers until somebody ends that. */
  void give(Call call) throws PeerLeftException {
    if (call.exchange().reserved()) {
      refuse(call, Refusal.FULL);
      return;
    }
    if (!isAskedForEvents(call)) {
      Answers.refuse(call, NOT_FOR_EVENTS);
      return;
    }
    try {
      if (console.viewers().incrementAndGet() > settings.get().config().statusPage().viewers()) {
        refuse(call, TOO_MANY);
      } else {
        tell(call);
      }
    } finally {
      console.viewers().decrementAndGet();
    }
  }

  private void refuse(Call call, Refusal limit) throws PeerLeftException {
    Ending _ = new RefusePlan(limit, recorder).run(call);
  }

  /** An image or a frame of another page, for which a browser shows its login, asks for others. */
  private static boolean isAskedForEvents(Call call) {
    Fields fields = call.head().fields();
    int line = fields.indexOf("accept");
    return !call.isByLogin() || (line >= 0 && fields.value(line).contains(MediaType.EVENTS));
  }

  private void tell(Call call) throws PeerLeftException {
    ResponseWriter response = call.exchange().response();
    begin(call, response);
    Map<String, String> known = new HashMap<>();
    int silent = 0;
    do {
      boolean hasNews = false;
      for (PageFeed.Part part : feed.parts(call.exchange())) {
        if (!part.json().equals(known.put(part.event(), part.json()))) {
          response.body(event(part));
          hasNews = true;
        }
      }
      silent = hasNews ? 0 : silent + 1;
      if (silent == SILENT_PERIODS_MAX) {
        silent = 0;
        response.body(NOTHING_NEW);
      }
      response.flush();
      pause(call);
    } while (mayGoOn(call));
    response.end();
  }

  private static void begin(Call call, ResponseWriter response) {
    call.settle(false);
    response.start(200, Framing.CHUNKED);
    response.date();
    response.field(CONTENT_TYPE, MediaType.EVENTS);
    RelayedHead.gatewayFields(call, response);
    response.endHead();
  }

  private static byte[] event(PageFeed.Part part) {
    String text = "event: " + part.event() + "\ndata: " + part.json() + "\n\n";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What was right a second ago may be no more. */
  private boolean mayGoOn(Call call) {
    Settings now = settings.get();
    Optional<Principal> principal =
        call.isByLogin()
            ? Login.principal(call, now)
            : call.identity().principal().map(Principal::id).flatMap(now.keys()::byId);
    return !call.exchange().draining()
        && StatusPage.isOn(now)
        && now.addresses().allows(call.identity().address())
        && principal.filter(Principal::admin).isPresent()
        && Gate.unusable(principal.get(), call).isEmpty();
  }

  private static void pause(Call call) throws PeerLeftException {
    try {
      Signal never = new Signal(call.exchange().loop());
      never.await("the next second", System.nanoTime() + PERIOD_NANOS, call.exchange());
    } catch (DeadlineException e) {
      // It is over.
    } catch (PeerLeftException e) {
      throw e;
    } catch (IOException e) {
      throw new PeerLeftException("interrupted between events", e);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
