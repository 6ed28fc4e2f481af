package ollama.gateway.app.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import ollama.gateway.app.testing.Certificates;
import ollama.gateway.config.AcmeConfig;
import ollama.gateway.http.tls.TlsChallenges;
import ollama.gateway.http.tls.TlsIdentity;
import ollama.gateway.proxy.HttpChallenges;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When certificates are ordered, what is kept of them, and what a failure leaves. */
final class RenewalTest {

  private static final Duration LIFE = Duration.ofDays(90);
  private static final Duration TWO_MINUTES = Duration.ofMinutes(2);

  @TempDir private Path temporary;

  private AcmeFolder folder;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final List<CertificateOrder> placed = new ArrayList<>();
  private int renewed;
  private Optional<OrderFailedException> failure = Optional.empty();

  @BeforeEach
  void useFolder() {
    folder = new AcmeFolder(temporary.resolve("acme"));
  }

  private List<X509Certificate> place(CertificateOrder order, Challenges challenges)
      throws OrderFailedException {
    placed.add(order);
    if (failure.isPresent() && order.host().equals("one.example")) {
      throw failure.get();
    }
    return List.of(made(order.host(), order.key(), now));
  }

  private static X509Certificate made(String host, KeyPair key, Instant from) {
    return Certificates.of(host, key, from, from.plus(LIFE));
  }

  private Renewal renewal(String... hosts) {
    return renewal(this::place, hosts);
  }

  private Renewal renewal(CertificateOrders orders, String... hosts) {
    AcmeConfig config =
        new AcmeConfig(List.of(hosts), true, "", "https://acme.example/dir", "http-01", "", "");
    Challenges challenges = new Challenges(new HttpChallenges(), new TlsChallenges());
    return new Renewal(config, List.of(), folder, orders, challenges, () -> now);
  }

  private Instant look(Renewal renewal) throws InterruptedException {
    return renewal.orderWhatIsDue(() -> renewed++);
  }

  private void fail(Optional<Instant> retryAfter) {
    failure = Optional.of(new OrderFailedException("the authority said: no", retryAfter, null));
  }

  private TlsIdentity kept(String host) {
    return folder.identity(host).orElseThrow();
  }

  private static void assertBetween(Instant least, Instant most, Instant found) {
    assertFalse(found.isBefore(least), found + " is before " + least);
    assertFalse(found.isAfter(most), found + " is after " + most);
  }

  @Test
  void whatIsMissingIsOrderedAtOnceAndRenewedWhenAThirdOfItsLifeIsLeft() throws Exception {
    Instant next = look(renewal("one.example"));

    assertEquals(1, renewed);
    assertEquals(now.plus(LIFE), kept("one.example").goodUntil());
    assertBetween(now.plus(Duration.ofDays(55)), now.plus(Duration.ofDays(60)), next);
  }

  @Test
  void nothingIsOrderedBeforeItIsDueAlsoByTheNextProcess() throws Exception {
    var _ = look(renewal("one.example"));
    now = now.plus(Duration.ofDays(54));
    var _ = look(renewal("one.example"));
    assertEquals(1, placed.size());

    now = now.plus(Duration.ofDays(7));
    var _ = look(renewal("one.example"));
    assertEquals(2, placed.size());
    assertEquals(now.plus(LIFE), kept("one.example").goodUntil());
  }

  @Test
  void eachOrderHasANewKeyAndTheSameAccount() throws Exception {
    var _ = look(renewal("one.example"));
    now = now.plus(Duration.ofDays(61));
    var _ = look(renewal("one.example"));

    assertEquals(
        placed.get(0).account().getPublic(), placed.get(1).account().getPublic(), "the account");
    assertFalse(placed.get(0).key().getPublic().equals(placed.get(1).key().getPublic()));
  }

  @Test
  void allIsForTheGatewaysUserAlone() throws Exception {
    var _ = look(renewal("one.example"));

    assertEquals("rwx------", mode(folder.path()));
    for (String file : List.of("account.key", "one.example.pem")) {
      assertEquals("rw-------", mode(folder.path().resolve(file)), file);
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void whenNothingCanBeKeptNothingIsOrdered() throws Exception {
    Files.writeString(folder.path(), "in the folder's place");
    Instant next = look(renewal("one.example"));

    assertEquals(List.of(), placed);
    assertBetween(now.plus(TWO_MINUTES), now.plus(TWO_MINUTES.multipliedBy(2)), next);
  }

  @Test
  void theKeyIsThereBeforeItsOrder() throws Exception {
    List<Path> there = new ArrayList<>();
    CertificateOrders watching =
        (order, open) -> {
          there.add(folder.path().resolve("one.example.pem~"));
          assertTrue(Files.exists(there.getFirst()));
          return place(order, open);
        };
    var _ = renewal(watching, "one.example").orderWhatIsDue(() -> renewed++);

    assertEquals(1, there.size());
    assertFalse(Files.exists(there.getFirst()), "what was prepared has become the file");
  }

  @Test
  void aFailureKeepsTheCertificateAndIsTriedAgainEverLater() throws Exception {
    Renewal renewal = renewal("one.example");
    var _ = look(renewal);
    TlsIdentity before = kept("one.example");
    now = now.plus(Duration.ofDays(61));
    fail(Optional.empty());

    Duration last = Duration.ZERO;
    Instant begin = now;
    int inTheFirstHour = 0;
    for (int i = 0; i < 12; i++) {
      Instant next = look(renewal);
      assertEquals(2 + i, placed.size());
      Duration pause = Duration.between(now, next);
      assertTrue(pause.compareTo(last) >= 0, pause + " after " + last);
      last = pause;
      inTheFirstHour += now.isBefore(begin.plus(Duration.ofHours(1))) ? 1 : 0;
      // Nothing happens before that.
      now = next.minusMillis(1);
      assertEquals(next, look(renewal));
      now = next;
    }
    assertTrue(inTheFirstHour <= 5, inTheFirstHour + " orders in an hour");
    assertTrue(last.compareTo(Duration.ofHours(7)) < 0, "" + last);
    assertEquals(before, kept("one.example"));
    assertEquals(1, renewed);

    failure = Optional.empty();
    var _ = look(renewal);
    assertEquals(2, renewed);
    // Certificates know seconds.
    assertEquals(now.truncatedTo(ChronoUnit.SECONDS).plus(LIFE), kept("one.example").goodUntil());
  }

  @Test
  void whatIsForAnotherKeyHostOrTimeIsNotTaken() throws Exception {
    var _ = look(renewal("one.example"));
    TlsIdentity before = kept("one.example");
    now = now.plus(Duration.ofDays(61));
    List<CertificateOrders> wrong =
        List.of(
            (order, open) -> List.of(made("one.example", AcmeFolder.newKey(), now)),
            (order, open) -> List.of(made("other.example", order.key(), now)),
            (order, open) -> List.of(made("one.example", order.key(), now.minus(LIFE))));
    for (CertificateOrders orders : wrong) {
      Instant next = renewal(orders, "one.example").orderWhatIsDue(() -> renewed++);

      assertBetween(now.plus(TWO_MINUTES), now.plus(TWO_MINUTES.multipliedBy(2)), next);
      assertEquals(before, kept("one.example"));
    }
    assertEquals(1, renewed);
  }

  @Test
  void whoAsksForItIsTriedAgainAtOnceButNotForEver() throws Exception {
    Renewal renewal = renewal("one.example");
    fail(Optional.empty());
    for (int i = 0; i < 20; i++) {
      var _ = look(renewal);
      renewal.tryAgain();
      now = now.plusSeconds(1);
    }
    assertEquals(4, placed.size());

    now = now.plus(Duration.ofHours(7));
    renewal.tryAgain();
    var _ = look(renewal);
    assertEquals(5, placed.size());
  }

  @Test
  void aClockThatWasAheadLeavesNothingUndone() throws Exception {
    Renewal renewal = renewal("one.example");
    fail(Optional.empty());
    now = now.plus(Duration.ofDays(3650));
    var _ = look(renewal);
    now = now.minus(Duration.ofDays(3650));
    failure = Optional.empty();
    var _ = look(renewal);

    assertEquals(now.plus(LIFE), kept("one.example").goodUntil());
  }

  @Test
  void whoeverIsAskedToWaitWaits() throws Exception {
    Instant asked = now.plus(Duration.ofDays(2));
    fail(Optional.of(asked));

    assertEquals(asked, look(renewal("one.example")));
  }

  @Test
  void oneHostsFailureLeavesTheOthers() throws Exception {
    fail(Optional.empty());
    var _ = look(renewal("one.example", "other.example"));

    assertTrue(folder.identity("one.example").isEmpty());
    assertEquals(now.plus(LIFE), kept("other.example").goodUntil());
    assertEquals(1, renewed);
  }

  @Test
  void whatCannotBeUsedIsOrderedAnew() throws Exception {
    var _ = look(renewal("one.example"));
    String whole = Files.readString(folder.file("one.example"));
    Files.writeString(folder.file("one.example"), whole.substring(0, whole.length() / 2));
    var _ = look(renewal("one.example"));

    assertEquals(2, placed.size());
    assertEquals(now.plus(LIFE), kept("one.example").goodUntil());
  }

  @Test
  void anAccountThatCannotBeReadIsNotReplaced() throws Exception {
    var _ = look(renewal("one.example"));
    Path account = folder.path().resolve("account.key");
    Files.writeString(account, "nothing of the kind");
    now = now.plus(Duration.ofDays(61));
    var _ = look(renewal("one.example"));

    assertEquals(1, placed.size());
    assertEquals("nothing of the kind", Files.readString(account));
  }

  @Test
  void whatOneAuthorityHasGivenIsNotTakenForAnothers() {
    AcmeConfig one = config("https://acme.example/dir");
    AcmeConfig other = config("https://acme.example:14000/dir");

    Path folder = OrderedCertificates.of(one, List.of(), temporary).folder();
    assertEquals(temporary.resolve("acme.example_dir"), folder);
    assertEquals(
        temporary.resolve("acme.example_14000_dir"),
        OrderedCertificates.of(other, List.of(), temporary).folder());
  }

  private static AcmeConfig config(String directory) {
    return new AcmeConfig(List.of("a.example"), true, "", directory, "http-01", "", "");
  }
}
