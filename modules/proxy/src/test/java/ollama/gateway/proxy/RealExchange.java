package ollama.gateway.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.server.Exchange;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.server.ServerEvents;
import ollama.gateway.http.server.ServerOptions;

/**
 * A server on a real socket that hands one exchange at a time to a test, because an exchange can't
 * be had without a connection.
 */
final class RealExchange implements AutoCloseable {

  private static final int WAIT_SECONDS = 20;

  /** What a test does with an exchange, on the exchange's own virtual thread. */
  interface Look<T> {
    T at(Exchange exchange) throws IOException;
  }

  /** What it found, and what the client got. */
  record Seen<T>(T found, String answer) {}

  private record Outcome(Object found, boolean failed) {}

  private final EventLoops loops;
  private final HttpServer server;
  private final InetSocketAddress address;
  private final BlockingQueue<Look<?>> looks = new LinkedBlockingQueue<>();
  private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();

  RealExchange() throws IOException {
    this(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  }

  RealExchange(InetAddress listen) throws IOException {
    loops = EventLoops.start(1);
    server = new HttpServer(ServerOptions::defaults, loops, this::handle, ServerEvents.NONE);
    address = server.listen(new InetSocketAddress(listen, 0));
  }

  /** Somewhere to connect to. */
  InetSocketAddress address() {
    return address;
  }

  /** What {@code look} returns for the exchange of this request. */
  <T> T look(String request, Look<T> look) throws Exception {
    return exchange(request, look).found();
  }

  /** Sends a request, and gives what {@code look} found and all that the client got. */
  <T> Seen<T> exchange(String request, Look<T> look) throws Exception {
    looks.put(look);
    return exchange(request, false);
  }

  /** The same with a client that ends its side behind what may be a part of a request. */
  <T> Seen<T> exchangeWithLeaver(String request, Look<T> look) throws Exception {
    looks.put(look);
    return exchange(request, true);
  }

  /** Sends two requests at once; gives what is found of the second. */
  <T> Seen<T> exchangeTwo(String requests, Look<?> first, Look<T> second) throws Exception {
    looks.put(first);
    looks.put(second);
    return exchange(requests, false);
  }

  @SuppressWarnings("unchecked")
  private <T> Seen<T> exchange(String requests, boolean leaves) throws Exception {
    try (Socket client = new Socket(address.getAddress(), address.getPort())) {
      client.setSoTimeout(WAIT_SECONDS * 1000);
      int expected = looks.size();
      client.getOutputStream().write(requests.getBytes(StandardCharsets.ISO_8859_1));
      if (leaves) {
        client.shutdownOutput();
      }
      Object found = found(requests);
      for (int i = 1; i < expected; i++) {
        found = found(requests);
      }
      if (!leaves) {
        client.shutdownOutput();
      }
      String answer =
          new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return new Seen<>((T) found, answer);
    }
  }

  private Object found(String requests) throws InterruptedException {
    Outcome outcome = outcomes.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    if (outcome == null) {
      throw new AssertionError("no exchange came of: " + requests);
    }
    if (outcome.failed()) {
      throw new AssertionError("the look failed", (Throwable) outcome.found());
    }
    return outcome.found();
  }

  private void handle(Exchange exchange) throws IOException {
    Look<?> look = looks.remove();
    try {
      outcomes.add(new Outcome(look.at(exchange), false));
    } catch (IOException | RuntimeException | Error e) {
      outcomes.add(new Outcome(e, true));
      throw e;
    }
    if (!exchange.response().started()) {
      exchange.response().respond(200, java.util.Optional.empty(), new byte[0]);
    }
  }

  @Override
  public void close() {
    server.close();
    loops.close();
  }
}
