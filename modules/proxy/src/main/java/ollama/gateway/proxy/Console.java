package ollama.gateway.proxy;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.console.Figures;
import ollama.gateway.console.Hour;
import ollama.gateway.console.RecentFailures;
import ollama.gateway.console.RecentRequests;

/** What administrators work with, and what is remembered for them to see. */
public final class Console {

  private final Admin admin;
  private final String version;
  private final Instant startedAt = Instant.now();
  private final Hour hour = new Hour(Figures.NONE, startedAt);
  private final RecentRequests requests = new RecentRequests();
  private final RecentFailures failures = new RecentFailures();
  private final AtomicInteger viewers = new AtomicInteger();

  /**
   * One that remembers nothing yet.
   *
   * @param admin what admin keys may do
   * @param version of this gateway
   */
  public Console(Admin admin, String version) {
    this.admin = admin;
    this.version = version;
  }

  Admin admin() {
    return admin;
  }

  String version() {
    return version;
  }

  Instant startedAt() {
    return startedAt;
  }

  /** The last hour, of which somebody has to tell when a step is over. */
  public Hour hour() {
    return hour;
  }

  RecentRequests requests() {
    return requests;
  }

  RecentFailures failures() {
    return failures;
  }

  /** How many pages are open now: requests that last, and aren't meant by what is in flight. */
  AtomicInteger viewers() {
    return viewers;
  }
}
