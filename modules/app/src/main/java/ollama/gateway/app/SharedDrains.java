package ollama.gateway.app;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import ollama.gateway.balancer.HealthListener;
import ollama.gateway.balancer.Upstream;

/**
 * Has servers out of service on all gateways that are so on one. They are told apart by their
 * addresses, as the settings have them. Safe from any thread.
 */
final class SharedDrains {

  private static final String WHY = "asked for at another gateway";
  private static final String DRAINED = "drained";
  private static final String RESUMED = "resumed";

  private final ReentrantLock lock = new ReentrantLock();
  private final Announcements announcements;

  /**
   * Nothing is out of service yet.
   *
   * @param store see {@link Announcements}
   */
  SharedDrains(BiConsumer<String, String> store, InstantSource clock) {
    this.announcements = new Announcements(store, clock);
  }

  /** Tells a listener what there is to tell, and other gateways what was asked for here. */
  HealthListener before(HealthListener listener) {
    return new Told(listener);
  }

  private final class Told implements HealthListener {
    private final HealthListener listener;

    private Told(HealthListener listener) {
      this.listener = listener;
    }

    @Override
    public void changed(Upstream server, boolean up, String why) {
      listener.changed(server, up, why);
    }

    @Override
    public void drained(Upstream server, boolean draining, String why) {
      listener.drained(server, draining, why);
      if (!why.equals(WHY)) {
        announce(server, draining);
      }
    }

    @Override
    public void ejected(Upstream server, boolean ejected, String why) {
      listener.ejected(server, ejected, why);
    }
  }

  private void announce(Upstream server, boolean draining) {
    lock.lock();
    try {
      announcements.say(server.address().text(), draining ? DRAINED : RESUMED);
    } finally {
      lock.unlock();
    }
  }

  private Optional<Boolean> isToDrain(Upstream server) {
    lock.lock();
    try {
      return announcements.of(server.address().text()).map(said -> said.what().equals(DRAINED));
    } finally {
      lock.unlock();
    }
  }

  /** Takes note of all that the store has; {@link #apply} is to follow. */
  void heard(Map<String, String> entries) {
    lock.lock();
    try {
      boolean _ = announcements.heard(entries);
    } finally {
      lock.unlock();
    }
  }

  /** Takes these servers out of service, or back, where that was announced. */
  void apply(List<Upstream> servers) {
    for (Upstream server : servers) {
      Optional<Boolean> wanted = isToDrain(server);
      while (wanted.isPresent() && wanted.get() != server.draining()) {
        // Not under the lock: whoever drains it here has the server's own, and comes for this one.
        server.drain(wanted.get(), WHY);
        wanted = isToDrain(server);
      }
    }
  }
}
