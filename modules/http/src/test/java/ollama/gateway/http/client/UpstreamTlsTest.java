package ollama.gateway.http.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.testing.RawPeer;
import ollama.gateway.http.testing.StubServer;
import ollama.gateway.http.testing.TestCertificate;
import ollama.gateway.http.tls.TlsClient;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Servers that speak TLS. */
final class UpstreamTlsTest {

  private static final String ANSWER = "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi";
  private static final StubServer.Script ALWAYS = StubServer.always(ANSWER);
  private static final TestCertificate SERVER = TestCertificate.LOCALHOST;
  private static final TestCertificate OTHER =
      TestCertificate.make("other.example", "RSA", "-keysize", "2048");

  @AutoClose private final ClientFixture fixture = new ClientFixture();

  private static StubServer start(SSLContext context, boolean asksWho) throws IOException {
    SSLServerSocket listening =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    listening.setNeedClientAuth(asksWho);
    return StubServer.startOn(listening, ALWAYS);
  }

  private static StubServer start(TestCertificate certificate) throws IOException {
    return start(certificate.contextTrusting(), false);
  }

  private static TlsClient trusting(TestCertificate certificate) {
    return TlsClient.of(List.of(certificate.certificate()), Optional.empty());
  }

  private static UpstreamOrigin origin(StubServer server, String host, TlsClient tls) {
    return new UpstreamOrigin(host, server.address().getPort(), Optional.of(tls));
  }

  private String refusal(StubServer server, TlsClient tls) {
    ConnectException refused =
        assertThrows(ConnectException.class, () -> fixture.get(origin(server, "localhost", tls)));
    return String.valueOf(refused.getMessage());
  }

  @Test
  void aServerIsBelievedByItsNameAndByItsAddress() throws Exception {
    try (StubServer server = start(SERVER)) {
      assertEquals("hi", fixture.get(origin(server, "localhost", trusting(SERVER))));
      assertEquals("hi", fixture.get(origin(server, "127.0.0.1", trusting(SERVER))));
    }
  }

  @Test
  void whomNobodyVouchesForIsNotAsked() throws Exception {
    try (StubServer server = start(SERVER)) {
      for (TlsClient wary : List.of(trusting(OTHER), TlsClient.of(List.of(), Optional.empty()))) {
        String why = refusal(server, wary);
        assertTrue(why.contains("nobody who is trusted vouches for its certificate"), why);
      }
    }
  }

  @Test
  void whoIsCalledOtherwiseIsNotAsked() throws Exception {
    try (StubServer server = start(OTHER)) {
      String why = refusal(server, trusting(OTHER));
      assertTrue(why.contains("its certificate is for another name: "), why);
      assertTrue(why.contains("localhost"), why);
    }
  }

  @Test
  void aCertificateThatHasExpiredIsNotBelieved() throws Exception {
    TestCertificate old =
        TestCertificate.make("localhost", "EC", "-startdate", "-9d", "-validity", "2");
    try (StubServer server = start(old)) {
      String why = refusal(server, trusting(old));
      assertTrue(why.contains("has expired"), why);
    }
  }

  @Test
  void whoSpeaksNoTlsIsNotAsked() throws Exception {
    StubServer.Script plain = (peer, number) -> peer.send(ANSWER);
    try (StubServer server = StubServer.start(plain)) {
      String why = refusal(server, trusting(SERVER));
      assertTrue(why.startsWith("TLS: "), why);
    }
  }

  @Test
  void whoEndsTheHandshakeCouldNotBeConnectedTo() throws Exception {
    StubServer.Script leaves = (peer, number) -> peer.bytes(1);
    try (StubServer server = StubServer.start(leaves)) {
      String why = refusal(server, trusting(SERVER));
      assertTrue(why.startsWith("TLS: "), why);
    }
  }

  @Test
  void aServerThatSaysNothingHasTheTimeOfConnecting() throws Exception {
    StubServer.Script silent = (peer, number) -> peer.rest();
    try (StubServer server = StubServer.start(silent)) {
      UpstreamOrigin origin = origin(server, "localhost", trusting(SERVER));
      assertThrows(
          ConnectTimeoutException.class,
          () ->
              fixture.run(() -> fixture.client().connect(fixture.loop(), origin, 100, Watch.NONE)));
    }
  }

  @Test
  void aConnectionIsKeptForWhoTrustsTheSame() throws Exception {
    try (StubServer server = start(SERVER)) {
      assertEquals("hi", fixture.get(origin(server, "localhost", trusting(SERVER))));
      assertEquals("hi", fixture.get(origin(server, "localhost", trusting(SERVER))));
      assertEquals(1, server.accepted());
      TlsClient wary = TlsClient.of(List.of(), Optional.empty());
      assertFalse(refusal(server, wary).isEmpty());
    }
  }

  @Test
  void aServerThatAsksIsToldWhoItIs() throws Exception {
    try (StubServer server = start(SERVER.contextTrusting(OTHER), true)) {
      List<X509Certificate> authorities = List.of(SERVER.certificate());
      TlsClient known = TlsClient.of(authorities, Optional.of(OTHER.identity()));
      assertEquals("hi", fixture.get(origin(server, "localhost", known)));
      TlsClient unknown = TlsClient.of(authorities, Optional.empty());
      assertThrows(IOException.class, () -> fixture.get(origin(server, "localhost", unknown)));
    }
  }

  @Test
  void anAnswerThatIsCutIsNotTakenForAWholeOne() throws Exception {
    String head = "HTTP/1.1 200 OK\n\nhalf";
    for (boolean cut : new boolean[] {false, true}) {
      try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        Thread server = Thread.ofPlatform().daemon().start(() -> answer(listening, head, cut));
        UpstreamOrigin origin =
            new UpstreamOrigin(
                "localhost", listening.getLocalPort(), Optional.of(trusting(SERVER)));
        if (cut) {
          assertThrows(IOException.class, () -> fixture.get(origin));
        } else {
          assertEquals("half", fixture.get(origin));
        }
        server.join();
      }
    }
  }

  private static void answer(ServerSocket listening, String answer, boolean cut) {
    try (Socket plain = listening.accept();
        SSLSocket socket =
            (SSLSocket)
                SERVER
                    .contextTrusting()
                    .getSocketFactory()
                    .createSocket(plain, "localhost", 0, false)) {
      socket.setUseClientMode(false);
      RawPeer peer = new RawPeer(socket);
      peer.receiveRequestHead();
      peer.send(answer);
      if (cut) {
        plain.shutdownOutput();
      }
    } catch (IOException e) {
      // The client has seen it.
    }
  }
}
