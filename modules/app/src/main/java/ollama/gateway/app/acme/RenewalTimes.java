package ollama.gateway.app.acme;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/** When certificates are ordered. */
final class RenewalTimes {

  /** Of its life, so much of a certificate is left when it is renewed: what authorities advise. */
  private static final int RENEWED_PARTS = 3;

  /** Those of one day aren't all renewed on one day, which is why this is so much of their life. */
  private static final double SPREAD = 0.05;

  /** Then at most five orders fail in an hour, which is what Let's Encrypt bears. */
  private static final Duration FIRST_RETRY = Duration.ofMinutes(2);

  private static final Duration LAST_RETRY = Duration.ofHours(6);

  private RenewalTimes() {}

  /**
   * When a certificate is to be renewed.
   *
   * @param jitter of this host, 0 to 1
   */
  static Instant renewal(X509Certificate certificate, double jitter) {
    Instant from = certificate.getNotBefore().toInstant();
    Duration life = Duration.between(from, certificate.getNotAfter().toInstant());
    Duration early = Duration.ofMillis((long) (life.toMillis() * SPREAD * jitter));
    return from.plus(life).minus(life.dividedBy(RENEWED_PARTS)).minus(early);
  }

  /**
   * How long nothing is ordered after failures.
   *
   * @param failures one behind the other, at least 1
   * @param jitter of this host, 0 to 1
   */
  static Duration pause(int failures, double jitter) {
    Duration doubled = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 16));
    Duration pause = doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
    return pause.plusMillis((long) (pause.toMillis() * SPREAD * jitter));
  }
}
