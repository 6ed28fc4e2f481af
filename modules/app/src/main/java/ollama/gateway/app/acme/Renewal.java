package ollama.gateway.app.acme;

import java.io.IOException;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import ollama.gateway.config.AcmeConfig;
import ollama.gateway.http.tls.TlsIdentity;

/** Orders what some hosts lack, and anew what they have. For one thread. */
final class Renewal {

  private static final System.Logger LOG = System.getLogger(Renewal.class.getName());

  /** One of the hosts. */
  private static final class Host {
    private final String name;
    private final double jitter = ThreadLocalRandom.current().nextDouble();
    private int failures;
    private Instant notBefore = Instant.EPOCH;

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

  private Instant due(Host host) {
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
      folder.prepare(host.name, key);
      LOG.log(
          System.Logger.Level.INFO,
          "ordering a certificate for " + host.name + " from " + config.directory());
      List<X509Certificate> chain = orders.place(order(host, account, key), challenges);
      folder.keep(host.name, key, chain);
      host.failures = 0;
      host.notBefore = Instant.EPOCH;
      LOG.log(
          System.Logger.Level.INFO,
          host.name
              + " has a new certificate, good until "
              + chain.getFirst().getNotAfter().toInstant());
      return true;
    } catch (IOException e) {
      failed(
          host,
          "nothing was ordered, since keys and certificates can't be kept in "
              + folder.path()
              + ": "
              + reason(e),
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
    host.failures++;
    Instant again = clock.instant().plus(RenewalTimes.pause(host.failures, host.jitter));
    host.notBefore = retryAfter.filter(asked -> asked.isAfter(again)).orElse(again);
    String has =
        folder
            .identity(host.name)
            .map(identity -> "it keeps the one that is good until " + identity.goodUntil())
            .orElse("it has none, so clients can't connect to it");
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

  /** The JDK's message is often the path alone. */
  private static String reason(IOException e) {
    String kind = e.getClass().getSimpleName().replace("Exception", "");
    return kind.equals("IO") ? String.valueOf(e.getMessage()) : kind + " " + e.getMessage();
  }
}
