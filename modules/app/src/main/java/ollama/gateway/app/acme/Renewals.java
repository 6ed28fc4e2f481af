package ollama.gateway.app.acme;

import java.time.InstantSource;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Keeps the certificates good that the settings name hosts for. Of several gateways with one
 * folder, one orders; the others find what it got there.
 */
public final class Renewals implements AutoCloseable {

  private final Challenges challenges;
  private final Runnable renewed;
  private Optional<OrderedCertificates> wanted = Optional.empty();
  private Optional<RenewalThread> thread = Optional.empty();
  private boolean closed;

  /** Who orders; empty in an image that has nobody for it. It takes its time. */
  public static Optional<CertificateOrders> orders() {
    return ServiceLoader.load(CertificateOrders.class).findFirst();
  }

  /**
   * None yet.
   *
   * @param renewed called when a certificate may have come, by a thread of this
   */
  public Renewals(Challenges challenges, Runnable renewed) {
    this.challenges = challenges;
    this.renewed = renewed;
  }

  /**
   * Has these from now on. What is being ordered is given up if they are others than before; if
   * they are the same, what failed lately is tried again.
   *
   * @param now empty for none
   */
  public void set(Optional<OrderedCertificates> now) {
    set(now, now.isPresent() ? orders() : Optional.empty());
  }

  synchronized void set(Optional<OrderedCertificates> now, Optional<CertificateOrders> orders) {
    if (closed) {
      return;
    }
    if (now.equals(wanted)) {
      thread.ifPresent(RenewalThread::wake);
      return;
    }
    thread.ifPresent(RenewalThread::stop);
    wanted = now;
    if (now.isPresent() && orders.isPresent()) {
      OrderedCertificates these = now.get();
      AcmeFolder folder = new AcmeFolder(these.folder());
      Renewal renewal =
          new Renewal(
              these.config(),
              these.authorities(),
              folder,
              orders.get(),
              challenges,
              InstantSource.system());
      thread = Optional.of(RenewalThread.start(folder, renewal, renewed, thread));
    }
  }

  /** Orders nothing any more; what is being ordered is given up. */
  @Override
  public synchronized void close() {
    closed = true;
    thread.ifPresent(RenewalThread::stop);
  }
}
