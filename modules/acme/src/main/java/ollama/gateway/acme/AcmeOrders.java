package ollama.gateway.acme;

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
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.challenge.TlsAlpn01Challenge;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeLazyLoadingException;
import org.shredzone.acme4j.exception.AcmeNetworkException;
import org.shredzone.acme4j.exception.AcmeRateLimitedException;
import org.shredzone.acme4j.util.KeyPairUtils;

/** Orders certificates by acme4j. */
public final class AcmeOrders implements CertificateOrders {

  private static final int RSA_BITS = 2048;
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
    check(order.waitUntilReady(WAIT_MAX), Status.READY, order.getError());
    order.execute(wanted.key());
    check(order.waitForCompletion(WAIT_MAX), Status.VALID, order.getError());
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
      check(challenge.waitForCompletion(WAIT_MAX), Status.VALID, challenge.getError());
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

  private static void check(Status is, Status expected, Optional<Problem> problem)
      throws OrderFailedException {
    if (is != expected) {
      String why =
          problem
              .map(AcmeOrders::text)
              .orElse("it isn't done after " + WAIT_MAX.toMinutes() + " minutes (" + is + ")");
      throw new OrderFailedException("the authority said: " + why, Optional.empty(), null);
    }
  }

  private static String text(Problem problem) {
    return problem.getDetail().or(problem::getTitle).orElseGet(() -> problem.getType().toString());
  }

  private static String text(CertificateOrder order, @Nullable Throwable cause) {
    if (cause instanceof AcmeNetworkException) {
      return "the authority at "
          + order.directory().getAuthority()
          + " can't be reached: "
          + reason(cause.getCause());
    }
    return "the authority said: " + (cause == null ? "nothing" : cause.getMessage());
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
