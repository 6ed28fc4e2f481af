package ollama.gateway.valkey;

import static ollama.gateway.valkey.Member.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Soonest;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Verdict;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real store that speaks TLS. */
@Timeout(120)
final class TlsStoreTest {

  private static final String THIS_MACHINE = "DNS:localhost,IP:127.0.0.1";
  private static final String NOT_VOUCHED =
      "down: TLS: nobody who is trusted vouches for its certificate: name who does in \"ca\"";

  private static final String OTHER_NAME = "down: TLS: its certificate is for another name: ";

  @TempDir Path folder;
  private final List<AutoCloseable> closing = new ArrayList<>();

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable each : closing.reversed()) {
      each.close();
    }
  }

  private TestStore store(TestCertificate own, String... more) throws IOException {
    TestStore store = TestStore.startTls(own, more);
    closing.add(store);
    return store;
  }

  private Member join(String url, Supplier<Optional<SSLSocketFactory>> tls) {
    Line line =
        new Line(List.of(new ServerSpec("gpu", 1, 0, 1)), new Soonest(), LineSettings.DEFAULT);
    SharedConfig config = new SharedConfig(url, false, "", "test:", 5_000, "local");
    Member member = new Member(config, "one", "one", line, tls);
    closing.add(member.state);
    return member;
  }

  private Member join(String url, Optional<SSLSocketFactory> tls) {
    return join(url, () -> tls);
  }

  private static String at(String host, TestStore store) {
    return "valkeys://" + host + ":" + store.port();
  }

  private TestCertificate certificate(String name, String names) throws Exception {
    return TestCertificate.make(folder, name, names);
  }

  private static void awaitShared(Member member) throws InterruptedException {
    await("up", () -> member.isUp);
    Demand demand = new Demand(new Demand.Rate("c", 1, 60, false), Demand.Key.NONE);
    assertEquals(Verdict.Kind.ADMITTED, member.ask(demand).kind());
    assertEquals(Verdict.Kind.TOO_OFTEN, member.ask(demand).kind());
    assertEquals(List.of("up"), member.told);
  }

  private static String why(Member member) throws InterruptedException {
    await("down", () -> !member.told.isEmpty());
    return member.told.getFirst();
  }

  @Test
  void aStoreThatItsCaVouchesForIsShared() throws Exception {
    TestCertificate own = certificate("own", THIS_MACHINE);
    TestStore store = store(own, "--tls-auth-clients", "no");

    awaitShared(join(at("127.0.0.1", store), own.trusted()));
  }

  @Test
  void aStoreThatNobodyVouchesForIsNotBelievedUntilSomebodyDoes() throws Exception {
    TestCertificate own = certificate("own", THIS_MACHINE);
    TestCertificate other = certificate("other", THIS_MACHINE);
    TestStore store = store(own, "--tls-auth-clients", "no");
    AtomicReference<Optional<SSLSocketFactory>> trusted = new AtomicReference<>(other.trusted());

    Member member = join(at("127.0.0.1", store), trusted::get);
    assertEquals(NOT_VOUCHED, why(member));
    trusted.set(own.trusted());
    await("up", () -> member.isUp);
  }

  @Test
  void whatTheJdkTrustsCountsWhereNobodyIsNamed() throws Exception {
    TestStore store = store(certificate("own", THIS_MACHINE), "--tls-auth-clients", "no");

    assertEquals(NOT_VOUCHED, why(join(at("localhost", store), Optional.empty())));
  }

  @Test
  void aCertificateForAnotherNameIsNotBelieved() throws Exception {
    TestCertificate own = certificate("own", "DNS:localhost");
    TestStore store = store(own, "--tls-auth-clients", "no");

    String why = why(join(at("127.0.0.1", store), own.trusted()));
    assertTrue(why.startsWith(OTHER_NAME), why);
    assertTrue(why.contains("IP address 127.0.0.1"), why);
    awaitShared(join(at("localhost", store), own.trusted()));
  }

  private String sentinel(TestCertificate own, String host, int storePort) throws IOException {
    Path file = folder.resolve("sentinel.conf");
    TestStore sentinel = TestStore.startTlsSentinel(own, file, "127.0.0.1", storePort);
    closing.add(sentinel);
    return "valkeys-sentinel://" + host + ":" + sentinel.port() + "/store";
  }

  @Test
  void aStoreThatASentinelNamesIsShared() throws Exception {
    TestCertificate own = certificate("own", THIS_MACHINE);
    TestStore store = store(own, "--tls-auth-clients", "no");

    awaitShared(join(sentinel(own, "localhost", store.port()), own.trusted()));
  }

  @Test
  void whatASentinelNamesHasToHaveACertificateForThat() throws Exception {
    TestCertificate own = certificate("own", "DNS:localhost");
    TestStore store = store(own, "--tls-auth-clients", "no");

    String why = why(join(sentinel(own, "localhost", store.port()), own.trusted()));
    assertTrue(why.startsWith(OTHER_NAME), why);
    assertTrue(why.contains("IP address 127.0.0.1"), why);
  }

  @Test
  void aSentinelIsNotBelievedEither() throws Exception {
    TestCertificate own = certificate("own", "DNS:localhost");
    String url = sentinel(own, "127.0.0.1", 1);

    String why = why(join(url, own.trusted()));
    assertTrue(why.startsWith("down: no Sentinel says where it is: 127.0.0.1:"), why);
    assertTrue(why.contains("IP address 127.0.0.1"), why);
  }

  @Test
  void aStoreThatAsksWhoTheGatewayIsIsTold() throws Exception {
    TestCertificate own = certificate("own", THIS_MACHINE);
    TestStore store = store(own);

    String why = why(join(at("127.0.0.1", store), own.trusted()));
    assertTrue(why.startsWith("down: "), why);
    awaitShared(join(at("127.0.0.1", store), own.trustedBy(own)));
  }
}
