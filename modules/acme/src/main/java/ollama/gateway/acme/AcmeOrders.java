package ollama.gateway.acme;

import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import ollama.gateway.app.acme.CertificateOrder;
import ollama.gateway.app.acme.CertificateOrders;
import ollama.gateway.app.acme.Challenges;
import ollama.gateway.app.acme.OrderFailedException;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.PollableResource;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.challenge.TlsAlpn01Challenge;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeLazyLoadingException;
import org.shredzone.acme4j.exception.AcmeNetworkException;
import org.shredzone.acme4j.exception.AcmeProtocolException;
import org.shredzone.acme4j.exception.AcmeRateLimitedException;
import org.shredzone.acme4j.util.KeyPairUtils;

/** Orders certificates by acme4j. */
public final class AcmeOrders implements CertificateOrders {

  private static final int RSA_BITS = 2048;
  private static final int TEXT_MAX = 500;
  private static final long LOOK_MILLIS = 1_000;
  private static final long LOOK_MILLIS_MAX = 10_000;
  private static final Duration WAIT_MAX = Duration.ofMinutes(3);

  static {
    // acme4j's log, which is of no use to an operator, has nowhere to go; SLF4J would say so.
    System.setProperty("slf4j.internal.verbosity", "ERROR");
  }

  /** For the service loader. */
  public AcmeOrders() {}

  @Override
  public List<X509Certificate> place(CertificateOrder order, Challenges challenges)
      throws OrderFailedException, InterruptedException {
    try {
      return of(order, challenges);
    } catch (AcmeException | AcmeLazyLoadingException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException("an order was given up");
      }
      Throwable cause = e instanceof AcmeLazyLoadingException ? e.getCause() : e;
      Optional<Instant> retryAfter =
          cause instanceof AcmeRateLimitedException limited
              ? limited.getRetryAfter()
              : Optional.empty();
      throw new OrderFailedException(text(order, cause), retryAfter, e);
    } catch (AcmeProtocolException | UncheckedIOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException("an order was given up");
      }
      throw new OrderFailedException(
          "what answers at "
              + order.directory()
              + " doesn't speak ACME as expected: "
              + cut("" + e.getMessage()),
          Optional.empty(),
          e);
    }
  }

  private static List<X509Certificate> of(CertificateOrder wanted, Challenges challenges)
      throws AcmeException, OrderFailedException, InterruptedException {
    Session session = new Session(wanted.directory(), new Authority(wanted.authorities()));
    AccountBuilder account =
        new AccountBuilder().agreeToTermsOfService().useKeyPair(wanted.account());
    if (!wanted.email().isEmpty()) {
      account.addEmail(wanted.email());
    }
    // The same account each time: the authority knows it by its key.
    Login login = account.createLogin(session);
    Order order = login.newOrder().domain(wanted.host()).create();
    for (Authorization authorization : order.getAuthorizations()) {
      if (authorization.getStatus() == Status.PENDING) {
        prove(wanted, authorization, challenges);
      }
    }
    check(await(order, Status.READY, "to see its proofs"), Status.READY, order.getError());
    order.execute(wanted.key());
    check(await(order, Status.VALID, "to make it"), Status.VALID, order.getError());
    return order.getCertificate().getCertificateChain();
  }

  /** Has the authority look whether the host leads here. */
  private static void prove(
      CertificateOrder wanted, Authorization authorization, Challenges challenges)
      throws AcmeException, OrderFailedException, InterruptedException {
    Challenge challenge =
        authorization
            .findChallenge(wanted.challenge())
            .orElseThrow(
                () ->
                    new OrderFailedException(
                        "the authority has no challenge " + wanted.challenge(),
                        Optional.empty(),
                        null));
    try (Challenges.Open _ = open(challenge, wanted, authorization, challenges)) {
      challenge.trigger();
      String what = "to look whether " + wanted.host() + " leads here";
      check(await(challenge, Status.VALID, what), Status.VALID, challenge.getError());
    }
  }

  private static Challenges.Open open(
      Challenge challenge,
      CertificateOrder wanted,
      Authorization authorization,
      Challenges challenges) {
    return switch (challenge) {
      case Http01Challenge http -> challenges.overHttp(http.getToken(), http.getAuthorization());
      case TlsAlpn01Challenge tls -> {
        // acme4j signs it as RSA keys do.
        KeyPair key = KeyPairUtils.createKeyPair(RSA_BITS);
        X509Certificate shown = tls.createCertificate(key, authorization.getIdentifier());
        yield challenges.overTls(wanted.host(), shown, key.getPrivate());
      }
      default -> throw new IllegalStateException("no setting names " + challenge.getType());
    };
  }

  /**
   * Asks until something has come to an end. Not with acme4j's own waiting, which is lost where
   * this machine's clock isn't the authority's.
   *
   * @param good the end that is hoped for
   * @param what is waited for, behind "takes too long"
   */
  private static Status await(PollableResource something, Status good, String what)
      throws AcmeException, OrderFailedException, InterruptedException {
    long deadline = System.nanoTime() + WAIT_MAX.toNanos();
    while (true) {
      Optional<Instant> asked = something.fetch();
      Status status = something.getStatus();
      if (status == good || status == Status.INVALID) {
        return status;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new OrderFailedException(
            "the authority takes too long "
                + what
                + ": it is "
                + status
                + " after "
                + WAIT_MAX.toMinutes()
                + " minutes",
            Optional.empty(),
            null);
      }
      long millis =
          asked.map(then -> Duration.between(Instant.now(), then).toMillis()).orElse(LOOK_MILLIS);
      Thread.sleep(Math.clamp(millis, LOOK_MILLIS, LOOK_MILLIS_MAX));
    }
  }

  private static void check(Status is, Status expected, Optional<Problem> problem)
      throws OrderFailedException {
    if (is != expected) {
      String why = problem.map(AcmeOrders::text).orElse("it is " + is);
      throw new OrderFailedException("the authority said: " + cut(why), Optional.empty(), null);
    }
  }

  private static String text(Problem problem) {
    return problem.getDetail().or(problem::getTitle).orElseGet(() -> problem.getType().toString());
  }

  /** For a line of a log. */
  private static String cut(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…";
  }

  private static String text(CertificateOrder order, @Nullable Throwable cause) {
    if (cause instanceof AcmeNetworkException) {
      return "the authority at "
          + order.directory().getAuthority()
          + " can't be reached: "
          + reason(cause.getCause());
    }
    return "the authority said: " + (cause == null ? "nothing" : cut("" + cause.getMessage()));
  }

  /** The JDK's HTTP client tells the most frequent ones by their class alone. */
  private static String reason(@Nullable Throwable failure) {
    Throwable last = failure;
    while (last != null && last.getCause() != null && last.getMessage() == null) {
      last = last.getCause();
    }
    return switch (last) {
      case null -> "the reason isn't known";
      case UnresolvedAddressException _ -> "unknown host";
      case ClosedChannelException _ -> "nobody is there";
      default ->
          last.getMessage() == null
              ? last.getClass().getSimpleName()
              : String.valueOf(last.getMessage());
    };
  }
}
