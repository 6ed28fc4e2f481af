package ollama.gateway.app.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import ollama.gateway.app.testing.Certificates;
import ollama.gateway.config.AcmeConfig;
import ollama.gateway.http.tls.TlsChallenges;
import ollama.gateway.proxy.HttpChallenges;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who orders, and until when. */
@Timeout(120)
final class RenewalsTest {

  private static final long SECONDS_MAX = 60;

  @TempDir private Path temporary;

  private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> came = new LinkedBlockingQueue<>();
  private final CountDownLatch givenUp = new CountDownLatch(1);
  private final Renewals renewals = renewals();

  private Renewals renewals() {
    Challenges challenges = new Challenges(new HttpChallenges(), new TlsChallenges());
    return new Renewals(challenges, () -> came.add("came"));
  }

  @AfterEach
  void close() {
    renewals.close();
  }

  /** Of an authority that never ends an order for this host. */
  private Optional<CertificateOrders> stallingFor(String host) {
    return Optional.of(
        (order, open) -> {
          asked.add(order.host());
          if (order.host().equals(host)) {
            try {
              new CountDownLatch(1).await();
            } finally {
              givenUp.countDown();
            }
          }
          return List.of(made(order));
        });
  }

  private static X509Certificate made(CertificateOrder order) {
    Instant now = Instant.now();
    return Certificates.of(order.host(), order.key(), now, now.plus(Duration.ofDays(90)));
  }

  private Optional<OrderedCertificates> wanted(String host) {
    AcmeConfig config =
        new AcmeConfig(List.of(host), true, "", "https://acme.example/dir", "http-01", "", "");
    return Optional.of(OrderedCertificates.of(config, List.of(), temporary));
  }

  private String next(BlockingQueue<String> queue) throws InterruptedException {
    return String.valueOf(queue.poll(SECONDS_MAX, TimeUnit.SECONDS));
  }

  @Test
  void otherSettingsGiveUpWhatIsBeingOrdered() throws Exception {
    Optional<CertificateOrders> orders = stallingFor("stalls.example");
    renewals.set(wanted("stalls.example"), orders);
    assertEquals("stalls.example", next(asked));

    renewals.set(wanted("other.example"), orders);
    renewals.set(wanted("third.example"), orders);
    assertTrue(givenUp.await(SECONDS_MAX, TimeUnit.SECONDS));
    // The folder is free for it, though nobody waited in between.
    String found = next(asked);
    while (!found.equals("third.example")) {
      found = next(asked);
    }
    assertEquals("came", next(came));
    assertTrue(
        wanted("third.example").orElseThrow().identity("third.example").isOf("third.example"));
  }

  @Test
  void theEndGivesUpWhatIsBeingOrderedAndNothingBeginsBehindIt() throws Exception {
    Optional<CertificateOrders> orders = stallingFor("stalls.example");
    renewals.set(wanted("stalls.example"), orders);
    assertEquals("stalls.example", next(asked));

    renewals.close();
    assertTrue(givenUp.await(SECONDS_MAX, TimeUnit.SECONDS));
    renewals.set(wanted("other.example"), orders);
    assertNull(asked.poll(200, TimeUnit.MILLISECONDS));
  }

  @Test
  void theSameSettingsAgainTryWhatFailed() throws Exception {
    Optional<CertificateOrders> orders =
        Optional.of(
            (order, open) -> {
              asked.add(order.host());
              if (came.isEmpty()) {
                came.add("failed");
                throw new OrderFailedException("no", Optional.empty(), null);
              }
              return List.of(made(order));
            });
    renewals.set(wanted("one.example"), orders);
    assertEquals("one.example", next(asked));
    // It may be about to fail still.
    while (asked.isEmpty()) {
      renewals.set(wanted("one.example"), orders);
      Thread.onSpinWait();
    }
    assertEquals("one.example", next(asked));
  }

  @Test
  void ofTwoWithOneFolderOneOrders() throws Exception {
    Optional<CertificateOrders> orders = stallingFor("stalls.example");
    renewals.set(wanted("stalls.example"), orders);
    assertEquals("stalls.example", next(asked));
    try (Renewals other = renewals()) {
      other.set(wanted("stalls.example"), orders);
      // It looks whether the first one got something.
      assertEquals("came", next(came));
      assertTrue(asked.isEmpty());
      // Who is woken looks once more, and not over and over.
      other.set(wanted("stalls.example"), orders);
      assertEquals("came", next(came));
      assertNull(came.poll(300, TimeUnit.MILLISECONDS));
    }
  }
}
