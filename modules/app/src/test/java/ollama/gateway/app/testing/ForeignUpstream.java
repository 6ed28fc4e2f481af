package ollama.gateway.app.testing;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.extension.Parameters;
import com.github.tomakehurst.wiremock.extension.ServeEventListener;
import com.github.tomakehurst.wiremock.http.trafficlistener.WiremockNetworkTrafficListener;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * A server that nobody made for this gateway: WireMock, on Jetty. Health checks, {@code GET /}, are
 * answered beside what a test asks for, and told apart.
 */
public final class ForeignUpstream implements AutoCloseable {

  private static final String CHECKED = "/";
  private static final long WAIT_NANOS = 60_000_000_000L;
  private static final long LOOK_MILLIS = 5;

  private final Traffic traffic = new Traffic();
  private final Served served = new Served();
  private final WireMockServer server;
  private final String name;

  private ForeignUpstream(String name, UnaryOperator<WireMockConfiguration> options) {
    this.name = name;
    server =
        new WireMockServer(
            options.apply(
                WireMockConfiguration.options()
                    .dynamicPort()
                    .bindAddress("127.0.0.1")
                    .networkTrafficListener(traffic)
                    .extensions(served)));
    server.start();
    reset();
  }

  /** Starts a server that answers everything with its name: {@code {"by":"one"}}. */
  public static ForeignUpstream named(String name) {
    return named(name, options -> options);
  }

  /** The same, with settings of its own. */
  public static ForeignUpstream named(String name, UnaryOperator<WireMockConfiguration> options) {
    return new ForeignUpstream(name, options);
  }

  /** Forgets what it saw, and answers as at first. */
  public void reset() {
    server.resetAll();
    traffic.reset();
    answer(okJson("{\"by\":\"" + name + "\"}"));
    answerChecks(okJson("{}"));
  }

  /** Answers whatever is no health check like this from the next request on. */
  public void answer(ResponseDefinitionBuilder answer) {
    server.stubFor(any(anyUrl()).atPriority(2).willReturn(answer));
  }

  /** Answers health checks like this. */
  public void answerChecks(ResponseDefinitionBuilder answer) {
    server.stubFor(any(urlEqualTo(CHECKED)).atPriority(1).willReturn(answer));
  }

  /** Leaves health checks without an answer for longer than any test takes. */
  public void leaveChecks() {
    answerChecks(aResponse().withFixedDelay(600_000));
  }

  /** Its address for the settings. */
  public String url() {
    return "http://127.0.0.1:" + port();
  }

  /** Where it listens. */
  public int port() {
    return server.port();
  }

  /** All requests so far but health checks. */
  public List<LoggedRequest> seen() {
    return server.findAll(anyRequestedFor(anyUrl())).stream()
        .filter(request -> !isCheck(request))
        .toList();
  }

  /** How many of {@link #seen} it has answered to the end, or thinks so. */
  public long served() {
    return server.getAllServeEvents().stream()
        .filter(event -> !isCheck(event.getRequest()))
        .filter(event -> served.ids.contains(event.getId()))
        .count();
  }

  /** How many connections carried requests but health checks. */
  public int connections() {
    return traffic.used.size();
  }

  /** Waits for the first health check. */
  public void awaitCheck() {
    await("a health check", () -> !server.findAll(getRequestedFor(urlEqualTo(CHECKED))).isEmpty());
  }

  /** Waits until so many connections carried requests but health checks, or the begin of one. */
  public void awaitConnections(int count) {
    await(count + " connections", () -> connections() >= count);
  }

  /** Waits until so many of {@link #connections} have ended. */
  public void awaitClosed(int count) {
    await(count + " connections are closed", () -> traffic.closed.size() >= count);
  }

  /** Stops listening, and ends every connection. */
  public void stop() {
    server.stop();
  }

  @Override
  public void close() {
    stop();
  }

  private static boolean isCheck(LoggedRequest request) {
    return request.getUrl().equals(CHECKED);
  }

  private static void await(String what, BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > WAIT_NANOS) {
        throw new AssertionError("waited in vain: " + what);
      }
      try {
        Thread.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  /** Remembers requests whose answer is out. */
  private static final class Served implements ServeEventListener {
    private final Set<UUID> ids = ConcurrentHashMap.newKeySet();

    @Override
    public String getName() {
      return "served";
    }

    @Override
    public void afterComplete(ServeEvent event, Parameters parameters) {
      ids.add(event.getId());
    }
  }

  /** Tells connections apart. */
  private static final class Traffic implements WiremockNetworkTrafficListener {
    private final Set<Socket> used = ConcurrentHashMap.newKeySet();
    private final Set<Socket> closed = ConcurrentHashMap.newKeySet();

    void reset() {
      used.clear();
      closed.clear();
    }

    @Override
    public void opened(Socket socket) {}

    @Override
    public void incoming(Socket socket, ByteBuffer bytes) {
      byte[] begin = new byte[Math.min(bytes.remaining(), "GET / ".length())];
      bytes.duplicate().get(begin);
      if (!Bytes.text(begin).equals("GET / ")) {
        used.add(socket);
      }
    }

    @Override
    public void outgoing(Socket socket, ByteBuffer bytes) {}

    @Override
    public void closed(Socket socket) {
      if (used.contains(socket)) {
        closed.add(socket);
      }
    }
  }
}
