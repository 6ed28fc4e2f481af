package ollama.gateway.http.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.Tasks;
import ollama.gateway.http.testing.TestCertificate;
import ollama.gateway.http.testing.TestServer;
import ollama.gateway.http.tls.TlsChallenges;
import ollama.gateway.http.tls.TlsServer;
import ollama.gateway.http.wire.Rule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that speak TLS. */
final class TlsTest {

  private static final String GET = "GET / HTTP/1.1\nHost: localhost\n\n";
  private static final TestCertificate OTHER =
      TestCertificate.make("other.example", "RSA", "-keysize", "2048");
  private static final TlsServer TLS =
      TlsServer.of(List.of(TestCertificate.LOCALHOST.identity(), OTHER.identity()), List.of());
  private static final SSLContext CLIENT =
      TestCertificate.clientOf(TestCertificate.LOCALHOST, OTHER);

  private static TestServer.Bounds bounds() {
    return new TestServer.Bounds().tls(() -> TLS);
  }

  private static SSLSocket connect(SSLContext client, TestServer server) throws IOException {
    return (SSLSocket)
        client
            .getSocketFactory()
            .createSocket(server.address().getAddress(), server.address().getPort());
  }

  private static SSLSocket connect(TestServer server, String... protocols) throws IOException {
    SSLSocket socket = connect(CLIENT, server);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    return socket;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void aConnectionServesOneRequestAfterTheOther(String protocol) throws Exception {
    Handler who = exchange -> Handlers.text(exchange, 200, "secured: " + exchange.isSecured());
    try (TestServer server = TestServer.start(bounds(), who);
        SSLSocket socket = connect(server, protocol);
        RawPeer client = new RawPeer(socket)) {
      for (int i = 0; i < 3; i++) {
        assertEquals("secured: true", client.send(GET).receive().body());
      }
      // Two at once, in one record.
      client.send(GET + GET);
      assertEquals(200, client.receive().status());
      assertEquals(200, client.receive().status());
      assertEquals(protocol, socket.getSession().getProtocol());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void largeBodiesPassWholeBothWays(String protocol) throws Exception {
    String large = "0123456789abcdef".repeat(1 << 16);
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO);
        RawPeer client = new RawPeer(connect(server, protocol))) {
      for (int i = 0; i < 2; i++) {
        client.send("POST /x HTTP/1.1\nHost: a\nContent-Length: " + large.length() + "\n\n");
        client.sendRaw(large);
        assertEquals("POST /x " + large, client.receive().body());
      }
    }
  }

  @Test
  void eachPieceArrivesWhenItIsSent() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    Handler pieces =
        exchange -> {
          exchange.response().start(200, Framing.ofLength(6));
          exchange.response().endHead();
          Handlers.piece(exchange, "one");
          Handlers.await(heard);
          Handlers.piece(exchange, "two");
          exchange.response().end();
        };
    try (TestServer server = TestServer.start(bounds(), pieces);
        RawPeer client = new RawPeer(connect(server))) {
      client.send(GET).receiveHead();
      assertEquals("one", client.bytes(3));
      heard.countDown();
      assertEquals("two", client.bytes(3));
    }
  }

  @Test
  void aClientThatReadsLateGetsAll() throws Exception {
    String large = "x".repeat(4 << 20);
    Handler answer = exchange -> Handlers.text(exchange, 200, large);
    try (TestServer server = TestServer.start(bounds(), answer);
        SSLSocket socket = connect(server);
        RawPeer client = new RawPeer(socket)) {
      client.send(GET);
      // Far more than the system keeps for it, so that the server waits by then.
      Tasks.turn(server.loop());
      assertEquals(large, client.receive().body());
    }
  }

  @Test
  void theCertificateIsThatOfTheHostAskedFor() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO)) {
      assertEquals(OTHER.certificate(), certificate(server, "other.example"));
      assertEquals(OTHER.certificate(), certificate(server, "OTHER.example"));
      assertEquals(TestCertificate.LOCALHOST.certificate(), certificate(server, "localhost"));
      assertEquals(TestCertificate.LOCALHOST.certificate(), certificate(server, "else.example"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void anAuthorityThatLooksGetsItsCertificateWhileThatIsOpenAndNothingElse(String protocol)
      throws Exception {
    TlsChallenges challenges = new TlsChallenges();
    TlsServer speaking =
        TlsServer.of(List.of(TestCertificate.LOCALHOST.identity()), List.of(), challenges);
    String[] looking = {"acme-tls/1"};
    try (TestServer server =
        TestServer.start(new TestServer.Bounds().tls(() -> speaking), Handlers.ECHO)) {
      assertThrows(
          IOException.class, () -> certificate(server, "other.example", protocol, looking));
      challenges.open("other.example", OTHER.identity());
      assertEquals(OTHER.certificate(), certificate(server, "OTHER.example", protocol, looking));
      assertThrows(IOException.class, () -> certificate(server, "else.example", protocol, looking));
      // For all others nothing has changed.
      assertEquals(
          TestCertificate.LOCALHOST.certificate(),
          certificate(server, "other.example", protocol, "http/1.1"));
      assertEquals(
          TestCertificate.LOCALHOST.certificate(), certificate(server, "other.example", protocol));
      challenges.close("other.example");
      assertThrows(
          IOException.class, () -> certificate(server, "other.example", protocol, looking));
    }
  }

  /** What is shown to a client that asks for a host and a protocol; then nothing follows. */
  private static X509Certificate certificate(
      TestServer server, String host, String version, String... protocols) throws IOException {
    // One that resumes no session.
    SSLContext stranger = TestCertificate.clientOf(TestCertificate.LOCALHOST, OTHER);
    try (SSLSocket socket = connect(stranger, server)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {version});
      parameters.setServerNames(List.of(new SNIHostName(host)));
      parameters.setApplicationProtocols(protocols);
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      if (List.of(protocols).contains("acme-tls/1")) {
        assertEquals(-1, socket.getInputStream().read());
      }
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void aClientThatAnAuthorityVouchesForIsKnownByItsNames(String protocol) throws Exception {
    Handler who =
        exchange -> Handlers.text(exchange, 200, String.join(" ", exchange.certificateNames()));
    SSLContext known = OTHER.contextTrusting(TestCertificate.LOCALHOST);
    try (TestServer server = TestServer.start(asking(OTHER), who)) {
      // The second one may resume the session of the first.
      for (int i = 0; i < 2; i++) {
        try (SSLSocket socket = connect(known, server)) {
          socket.setEnabledProtocols(new String[] {protocol});
          RawPeer client = new RawPeer(socket);
          assertEquals("other.example", client.send(GET).receive().body());
          assertEquals("other.example", client.send(GET).receive().body());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void aClientThatNoAuthorityVouchesForIsNotServed(String protocol) throws Exception {
    TestCertificate expired =
        TestCertificate.make(
            "old.example", "EC", "-groupname", "secp256r1", "-startdate", "-9d", "-validity", "2");
    List<SSLContext> strangers =
        List.of(
            TestCertificate.clientOf(TestCertificate.LOCALHOST),
            TestCertificate.LOCALHOST.contextTrusting(TestCertificate.LOCALHOST),
            expired.contextTrusting(TestCertificate.LOCALHOST));
    Handler never =
        exchange -> {
          throw new AssertionError("served");
        };
    try (TestServer server = TestServer.start(asking(OTHER, expired), never)) {
      for (SSLContext stranger : strangers) {
        try (SSLSocket socket = connect(stranger, server)) {
          socket.setEnabledProtocols(new String[] {protocol});
          assertThrows(IOException.class, () -> ask(socket));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ffdhe2048", "ffdhe8192", "secp521r1", "x448"})
  void whatWouldCostTheServerManyTimesAsMuchIsNotAgreedUpon(String group) throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO)) {
      for (String one : List.of(group, "x25519")) {
        try (SSLSocket socket = connect(server, "TLSv1.3")) {
          SSLParameters parameters = socket.getSSLParameters();
          parameters.setNamedGroups(new String[] {one});
          socket.setSSLParameters(parameters);
          if (one.equals(group)) {
            assertThrows(SSLException.class, socket::startHandshake);
          } else {
            socket.startHandshake();
          }
        }
      }
    }
  }

  @Test
  void whoMustShowSomethingElseByNowIsNobodyAndConnectsAnew() throws Exception {
    AtomicReference<TlsServer> current = new AtomicReference<>(trusting(OTHER));
    Handler who =
        exchange -> Handlers.text(exchange, 200, String.join(" ", exchange.certificateNames()));
    SSLContext known = OTHER.contextTrusting(TestCertificate.LOCALHOST);
    try (TestServer server = TestServer.start(new TestServer.Bounds().tls(current::get), who);
        RawPeer client = new RawPeer(connect(known, server))) {
      assertEquals("other.example", client.send(GET).receive().body());
      // Another certificate of the server's own changes nothing.
      current.set(trusting(OTHER));
      assertEquals("other.example", client.send(GET).receive().body());
      current.set(trusting(TestCertificate.LOCALHOST));
      var last = client.send(GET).receive();
      assertEquals("", last.body());
      assertTrue(last.saysClose());
    }
  }

  private static TlsServer trusting(TestCertificate... authorities) {
    List<X509Certificate> trusted = Stream.of(authorities).map(a -> a.certificate()).toList();
    return TlsServer.of(List.of(TestCertificate.LOCALHOST.identity()), trusted);
  }

  private static TestServer.Bounds asking(TestCertificate... authorities) {
    TlsServer asking = trusting(authorities);
    return new TestServer.Bounds().tls(() -> asking);
  }

  /** Fails where there is no answer. */
  private static void ask(SSLSocket socket) throws IOException {
    socket.startHandshake();
    socket.getOutputStream().write(GET.replace("\n", "\r\n").getBytes(US_ASCII));
    if (socket.getInputStream().read() < 0) {
      throw new IOException("closed");
    }
  }

  private static X509Certificate certificate(TestServer server, String host) throws IOException {
    // A client of its own: one that has been here would resume its session with that certificate.
    SSLContext stranger = TestCertificate.clientOf(TestCertificate.LOCALHOST, OTHER);
    try (SSLSocket socket = connect(stranger, server)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(host)));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  @Test
  void anotherCertificateIsForNewConnectionsAndHarmsNoneThatIsThere() throws Exception {
    AtomicReference<TlsServer> current = new AtomicReference<>(TLS);
    TestServer.Bounds bounds = new TestServer.Bounds().tls(() -> current.get());
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO);
        RawPeer before = new RawPeer(connect(server))) {
      assertEquals(200, before.send(GET).receive().status());
      current.set(TlsServer.of(List.of(OTHER.identity()), List.of()));
      assertEquals(OTHER.certificate(), certificate(server, "localhost"));
      assertEquals(200, before.send(GET).receive().status());
    }
  }

  @Test
  void manyOfOneAddressThatConnectAtOnceAreAllServed() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Integer>> all =
          Collections.nCopies(
              150,
              () -> {
                try (RawPeer client = new RawPeer(connect(server))) {
                  return client.send(GET).receive().status();
                }
              });
      for (Future<Integer> status : clients.invokeAll(all)) {
        assertEquals(200, status.get());
      }
    }
  }

  @Test
  void aSessionIsResumed() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO)) {
      long first = createdAt(server);
      assertEquals(first, createdAt(server));
    }
  }

  private static long createdAt(TestServer server) throws IOException {
    try (SSLSocket socket = connect(server);
        RawPeer client = new RawPeer(socket)) {
      // The ticket comes with the first answer.
      assertEquals(200, client.send(GET).receive().status());
      return socket.getSession().getCreationTime();
    }
  }

  @Test
  void aRequestWithoutTlsIsTold() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO)) {
      var answer = server.client().send(GET).receive();
      assertEquals(400, answer.status());
      assertEquals("{\"error\":\"" + Rule.NOT_TLS.text() + "\"}", answer.body());
      assertEquals(Rule.NOT_TLS, server.refusal());
    }
  }

  @Test
  void whatIsNoHandshakeEndsTheConnectionAndNothingElse() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO);
        RawPeer good = new RawPeer(connect(server))) {
      assertEquals(200, good.send(GET).receive().status());
      RawPeer garbage = server.client().sendRaw("\26\3\1\0\5hello");
      assertFalse(server.handshakeFailure().isEmpty());
      String alert = garbage.rest();
      assertEquals('\25', alert.charAt(0), alert);
      assertEquals(200, good.send(GET).receive().status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\101\1", "\120\0", "\201\102", "\377\377"})
  void aRecordThatIsTooLongIsRefusedBeforeItIsThere(String length) throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO);
        RawPeer good = new RawPeer(connect(server))) {
      RawPeer bad = server.client().sendRaw("\26\3\1" + length + "\1\0\100\0\3\3");
      assertTrue(server.handshakeFailure().contains("longer than TLS allows"));
      assertTrue(bad.rest().matches("(?s)(\25.*)?"));
      assertEquals(200, good.send(GET).receive().status());
    }
  }

  @Test
  void aHelloInVeryManyRecordsIsNotFollowed() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO)) {
      // A byte in each of a hello that goes on for 16 KiB.
      String begin = "\26\3\1\0\6\1\0\100\0\3\3";
      RawPeer bad = server.client().sendRaw(begin + "\26\3\1\0\1r".repeat(1000));
      assertTrue(server.handshakeFailure().contains("doesn't end"));
      assertTrue(bad.rest().matches("(?s)(\25.*)?"));
    }
  }

  @Test
  void whoRenewsKeysAndSaysNothingElseIsCutOff() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO);
        SSLSocket socket = connect(server, "TLSv1.3");
        RawPeer client = new RawPeer(socket)) {
      assertEquals(200, client.send(GET).receive().status());
      assertThrows(
          IOException.class,
          () -> {
            for (int i = 0; i < 100_000; i++) {
              socket.startHandshake();
            }
          });
      server.awaitNoConnections();
    }
  }

  @Test
  void anEndThatComesWithTheLastBytesIsSeen() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    CountDownLatch sent = new CountDownLatch(1);
    try (TestServer server = TestServer.start(bounds(), waiting(begun, left));
        Socket plain = new Socket(server.address().getAddress(), server.address().getPort());
        SSLSocket socket =
            (SSLSocket) CLIENT.getSocketFactory().createSocket(plain, "localhost", 0, false)) {
      RawPeer client = new RawPeer(socket);
      client.send(GET);
      Tasks.await(begun);
      server
          .loop()
          .execute(
              () -> {
                try {
                  Tasks.await(sent);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      client.sendRaw("GET /next");
      // The connection below stays as it is.
      socket.shutdownOutput();
      sent.countDown();
      Tasks.await(left);
    }
  }

  /** Waits until its client has left. */
  private static Handler waiting(CountDownLatch begun, CountDownLatch left) {
    return exchange -> {
      begun.countDown();
      try {
        while (true) {
          exchange.check();
          Objects.requireNonNull(exchange.watched())
              .awaitReadable(null, Long.MAX_VALUE, "the client's end");
        }
      } catch (PeerLeftException e) {
        left.countDown();
        throw e;
      }
    };
  }

  @Test
  void whoDoesntTrustTheCertificateIsNotServed() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO);
        SSLSocket wary = connect(TestCertificate.clientOf(OTHER), server)) {
      assertThrows(SSLException.class, wary::startHandshake);
      server.awaitNoConnections();
    }
  }

  @Test
  void whoSpeaksAnOlderVersionIsNotServed() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO)) {
      // A hello of TLS 1.1, as far as its version.
      RawPeer old = server.client();
      old.sendRaw("\26\3\1\0\55\1\0\0\51\3\2" + "r".repeat(32) + "\0\0\2\300\11\1\0");
      assertFalse(server.handshakeFailure().isEmpty());
      assertEquals('\25', old.rest().charAt(0));
    }
  }

  @Test
  void aHandshakeHasAsMuchTimeAsAHead() throws Exception {
    TestServer.Bounds bounds = bounds().headMillis(200);
    try (TestServer server = TestServer.start(bounds, Handlers.ECHO)) {
      assertTrue(server.client().atEnd());
      // An alert, if anything.
      assertTrue(server.client().sendRaw("\26\3\1").rest().matches("(?s)(\25.*)?"));
      assertTrue(server.handshakeFailure().contains("TLS handshake"));
    }
  }

  @Test
  void aClientThatIsCutOffHasLeft() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    try (TestServer server = TestServer.start(bounds(), waiting(begun, left));
        Socket plain = new Socket(server.address().getAddress(), server.address().getPort());
        SSLSocket socket =
            (SSLSocket) CLIENT.getSocketFactory().createSocket(plain, "localhost", 0, false)) {
      RawPeer client = new RawPeer(socket);
      client.send(GET);
      Tasks.await(begun);
      plain.shutdownOutput();
      Tasks.await(left);
    }
  }

  @Test
  void aSecondHandshakeIsRefused() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO);
        SSLSocket socket = connect(server, "TLSv1.2");
        RawPeer client = new RawPeer(socket)) {
      assertEquals(200, client.send(GET).receive().status());
      socket.startHandshake();
      assertThrows(IOException.class, () -> client.send(GET).receive());
    }
  }

  @Test
  void keysMayBeRenewedAmidAConnection() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO);
        SSLSocket socket = connect(server, "TLSv1.3");
        RawPeer client = new RawPeer(socket)) {
      for (int i = 0; i < 3; i++) {
        assertEquals(200, client.send(GET).receive().status());
        socket.startHandshake();
      }
      assertEquals(200, client.send(GET).receive().status());
    }
  }

  @Test
  void theProxyProtocolComesBeforeTls() throws Exception {
    Handler who = exchange -> Handlers.text(exchange, 200, exchange.clientText());
    TestServer.Bounds bounds = bounds().proxies(new TrustedProxies(client -> true, true));
    try (TestServer server = TestServer.start(bounds, who);
        Socket plain = new Socket(server.address().getAddress(), server.address().getPort())) {
      plain.getOutputStream().write(Bytes.of("PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n"));
      try (SSLSocket socket =
              (SSLSocket) CLIENT.getSocketFactory().createSocket(plain, "localhost", 0, true);
          RawPeer client = new RawPeer(socket)) {
        assertEquals("192.0.2.7", client.send(GET).receive().body());
      }
    }
  }

  @Test
  void idleConnectionsHoldNoBuffers() throws Exception {
    try (TestServer server = TestServer.start(bounds(), Handlers.ECHO);
        RawPeer client = new RawPeer(connect(server))) {
      assertEquals(200, client.send(GET).receive().status());
      server.awaitNoBuffers();
      assertTrue(server.server().drain(Duration.ofSeconds(Tasks.SECONDS_MAX)));
      // The end is said: nobody cut it.
      assertTrue(client.atEnd());
    }
  }
}
