package ollama.gateway.app.acme;

import java.io.IOException;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import ollama.gateway.config.AcmeConfig;
import ollama.gateway.http.tls.TlsIdentity;

/** Orders what some hosts lack, and anew what they have. For one thread. */
final class Renewal {

  private static final System.Logger LOG = System.getLogger(Renewal.class.getName());

  /** For all that an order takes; an authority that stalls is given up then. */
  private static final Duration ORDER_MAX = Duration.ofMinutes(15);

  /** Longer than any authority asks to be left alone, unless a clock was wrong. */
  private static final Duration WAIT_MAX = Duration.ofDays(7);

  /** What somebody asks for by a reload is tried, if no more than so many failed in an hour. */
  private static final int FAILURES_MAX = 3;

  /** One of the hosts. */
  private static final class Host {
    private final String name;
    private final double jitter = ThreadLocalRandom.current().nextDouble();
    private final Deque<Instant> lately = new ArrayDeque<>();
    private int failures;
    private Instant notBefore = Instant.EPOCH;
    private boolean isAskedToWait;

    private Host(String name) {
      this.name = name;
    }
  }

  private final AcmeConfig config;
  private final List<X509Certificate> authorities;
  private final AcmeFolder folder;
  private final CertificateOrders orders;
  private final Challenges challenges;
  private final InstantSource clock;
  private final List<Host> hosts = new ArrayList<>();

  /**
   * For the hosts of some settings.
   *
   * @param authorities who vouches for the authority's address; none for those that Java trusts
   */
  Renewal(
      AcmeConfig config,
      List<X509Certificate> authorities,
      AcmeFolder folder,
      CertificateOrders orders,
      Challenges challenges,
      InstantSource clock) {
    this.config = config;
    this.authorities = List.copyOf(authorities);
    this.folder = folder;
    this.orders = orders;
    this.challenges = challenges;
    this.clock = clock;
    config.hosts().forEach(name -> hosts.add(new Host(name)));
  }

  /**
   * Orders what is due.
   *
   * @param renewed called after each new certificate
   * @return when something is due next
   * @throws InterruptedException when interrupted
   */
  Instant orderWhatIsDue(Runnable renewed) throws InterruptedException {
    Instant next = Instant.MAX;
    for (Host host : hosts) {
      if (!due(host).isAfter(clock.instant()) && order(host)) {
        renewed.run();
      }
      Instant due = due(host);
      next = due.isBefore(next) ? due : next;
    }
    return next;
  }

  /** Doesn't wait any longer for what failed, unless an authority asked for that, or too often. */
  void tryAgain() {
    Instant hourAgo = clock.instant().minus(Duration.ofHours(1));
    for (Host host : hosts) {
      host.lately.removeIf(failure -> failure.isBefore(hourAgo));
      if (!host.isAskedToWait && host.lately.size() <= FAILURES_MAX) {
        host.notBefore = Instant.EPOCH;
      }
    }
  }

  private Instant due(Host host) {
    if (host.notBefore.isAfter(clock.instant().plus(WAIT_MAX))) {
      // The clock was put back since.
      host.notBefore = Instant.EPOCH;
    }
    Optional<TlsIdentity> has = folder.identity(host.name);
    Instant renewal =
        has.map(identity -> RenewalTimes.renewal(identity.chain().getFirst(), host.jitter))
            .orElse(Instant.EPOCH);
    return renewal.isAfter(host.notBefore) ? renewal : host.notBefore;
  }

  private boolean order(Host host) throws InterruptedException {
    try {
      folder.create();
      KeyPair key = AcmeFolder.newKey();
      KeyPair account = folder.account();
      // Before the order: what can't be kept is not to be made.
      folder.prepare(host.name);
      LOG.log(
          System.Logger.Level.INFO,
          "ordering a certificate for " + host.name + " from " + config.directory());
      return keep(host, key, place(order(host, account, key)));
    } catch (IOException e) {
      failed(
          host,
          "nothing was ordered, since keys and certificates can't be kept in "
              + folder.path()
              + ": "
              + AcmeFolder.reason(e),
          Optional.empty());
    } catch (OrderFailedException e) {
      failed(host, String.valueOf(e.getMessage()), e.retryAfter());
    } catch (RuntimeException e) {
      // The other hosts don't wait for this one.
      LOG.log(System.Logger.Level.ERROR, "a mistake in ordering a certificate", e);
      failed(host, "a mistake of the gateway's, which is told above", Optional.empty());
    }
    return false;
  }

  /** On a thread of its own: what an authority does with it is to hold up nothing for ever. */
  private List<X509Certificate> place(CertificateOrder order)
      throws OrderFailedException, InterruptedException {
    FutureTask<List<X509Certificate>> placing =
        new FutureTask<>(() -> orders.place(order, challenges));
    Thread thread = Thread.ofPlatform().daemon().name("acme-order").start(placing);
    try {
      return placing.get(ORDER_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new OrderFailedException(
          "the order isn't done after " + ORDER_MAX.toMinutes() + " minutes", Optional.empty(), e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof OrderFailedException failure) {
        throw failure;
      }
      throw new IllegalStateException("an order failed", e.getCause());
    } finally {
      thread.interrupt();
    }
  }

  /** Keeps what came instead of what was there, if it is good for that. */
  private boolean keep(Host host, KeyPair key, List<X509Certificate> chain) {
    TlsIdentity came = new TlsIdentity(chain, key.getPrivate());
    Instant renewal = RenewalTimes.renewal(chain.getFirst(), host.jitter);
    String wrong =
        !chain.getFirst().getPublicKey().equals(key.getPublic())
            ? "is for another key"
            : !came.isOf(host.name)
                ? "is for another host"
                : !renewal.isAfter(clock.instant())
                    ? "is to be renewed already (is this machine's clock right?)"
                    : "";
    if (!wrong.isEmpty()) {
      failed(host, "what the authority made " + wrong, Optional.empty());
      return false;
    }
    try {
      folder.keep(host.name, key, chain);
    } catch (IOException e) {
      failed(
          host,
          "one was made, and can't be kept in " + folder.path() + ": " + AcmeFolder.reason(e),
          Optional.empty());
      return false;
    }
    host.failures = 0;
    host.notBefore = Instant.EPOCH;
    LOG.log(
        System.Logger.Level.INFO,
        host.name + " has a new certificate, good until " + came.goodUntil());
    return true;
  }

  private CertificateOrder order(Host host, KeyPair account, KeyPair key) {
    return new CertificateOrder(
        URI.create(config.directory()),
        authorities,
        config.email(),
        config.challenge(),
        account,
        host.name,
        key);
  }

  private void failed(Host host, String why, Optional<Instant> retryAfter) {
    Instant now = clock.instant();
    host.failures++;
    host.lately.add(now);
    if (host.lately.size() > FAILURES_MAX + 1) {
      host.lately.removeFirst();
    }
    Instant again = now.plus(RenewalTimes.pause(host.failures, host.jitter));
    Instant last = now.plus(WAIT_MAX);
    Optional<Instant> asked =
        retryAfter
            .filter(time -> time.isAfter(again))
            .map(time -> time.isAfter(last) ? last : time);
    host.isAskedToWait = asked.isPresent();
    host.notBefore = asked.orElse(again);
    String has =
        folder
            .identity(host.name)
            .map(identity -> "it keeps the one that is good until " + identity.goodUntil())
            .orElse("it has none yet");
    LOG.log(
        System.Logger.Level.ERROR,
        host.name
            + " has no new certificate: "
            + why
            + "; "
            + has
            + "; the next try is at "
            + host.notBefore.truncatedTo(ChronoUnit.SECONDS));
  }
}
