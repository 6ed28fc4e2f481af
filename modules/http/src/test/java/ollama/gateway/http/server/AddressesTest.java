package ollama.gateway.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestServer;
import org.junit.jupiter.api.Test;

final class AddressesTest {

  private static final Handler WHO =
      exchange -> Handlers.text(exchange, 200, exchange.clientText());

  @Test
  void listensOnIpv6() throws Exception {
    try (TestServer server = TestServer.startOn(InetAddress.ofLiteral("::1"), WHO)) {
      RawPeer client = server.client();
      for (int i = 0; i < 2; i++) {
        assertEquals(
            "::1",
            client
                .send("GET / HTTP/1.1\nHost: [::1]:%d\n\n".formatted(server.address().getPort()))
                .receive()
                .body());
      }
    }
  }

  @Test
  void onEveryInterfaceBothVersionsConnect() throws Exception {
    try (TestServer server = TestServer.startOn(new InetSocketAddress(0).getAddress(), WHO)) {
      for (String host : new String[] {"127.0.0.1", "::1"}) {
        InetSocketAddress address =
            new InetSocketAddress(InetAddress.ofLiteral(host), server.address().getPort());
        try (RawPeer client = new RawPeer(address)) {
          assertEquals(host, client.send("GET / HTTP/1.1\nHost: a\n\n").receive().body());
        }
      }
    }
  }

  @Test
  void oneServerListensOnSeveralAddresses() throws Exception {
    try (TestServer server = TestServer.start(WHO)) {
      InetSocketAddress second =
          server.server().listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      assertNotEquals(server.address(), second);
      try (RawPeer client = new RawPeer(second)) {
        assertEquals("127.0.0.1", client.send("GET / HTTP/1.1\nHost: a\n\n").receive().body());
      }
      assertEquals(
          "127.0.0.1", server.client().send("GET / HTTP/1.1\nHost: a\n\n").receive().body());
    }
  }

  @Test
  void anAddressThatIsTakenIsAnError() throws IOException {
    try (TestServer server = TestServer.start(WHO)) {
      assertThrows(BindException.class, () -> server.server().listen(server.address()));
    }
  }

  @Test
  void anAcceptThatFailsIsNotTheLast() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    CountDownLatch told = new CountDownLatch(1);
    ServerEvents events =
        new ServerEvents() {
          @Override
          public void failed(Throwable failure) {
            told.countDown();
          }
        };
    try (EventLoops loops = EventLoops.start(1);
        HttpServer server =
            new HttpServer(
                () -> {
                  if (asked.getAndIncrement() == 0) {
                    throw new IllegalStateException("on purpose, by a test");
                  }
                  return ServerOptions.defaults();
                },
                loops,
                WHO,
                events)) {
      InetSocketAddress address =
          server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (RawPeer first = new RawPeer(address)) {
        Tasks.await(told);
        assertTrue(first.atEnd());
      }
      try (RawPeer client = new RawPeer(address)) {
        assertEquals("127.0.0.1", client.send("GET / HTTP/1.1\nHost: a\n\n").receive().body());
      }
    }
  }
}
