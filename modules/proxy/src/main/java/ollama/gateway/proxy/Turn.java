package ollama.gateway.proxy;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Lease;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.Ticket;
import ollama.gateway.balancer.dispatch.Work;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.Signal;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.ollama.Route;
import org.jspecify.annotations.Nullable;

/**
 * A request's turn: it finds the server that it goes to next, at once, or after its time in the
 * line. A client that leaves meanwhile gives up its place.
 */
final class Turn {

  /** Between two looks at whether expectations were wrong. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Call call;
  private final Work work;
  private final Picking picking;
  private final BooleanSupplier alternative;
  private @Nullable Ticket last;
  private @Nullable Refusal refusal;

  /** Given once the ticket has started; made for who has to wait, and nearly nobody has. */
  private volatile @Nullable Signal started;

  private boolean givenUp;

  /**
   * A turn that hasn't come.
   *
   * @param picking finds the server of what doesn't go through the line, since it runs no model
   * @param alternative whether another model could be asked just now, so that a long time in the
   *     line for this one is worth less
   */
  Turn(Call call, Work work, Picking picking, BooleanSupplier alternative) {
    this.call = call;
    this.work = work;
    this.picking = picking;
    this.alternative = alternative;
  }

  /**
   * The next server.
   *
   * @param tried those that failed it
   * @return empty when there is none left, or when {@link #refusal} says so
   * @throws PeerLeftException when the client left
   */
  Optional<Stay> next(List<Upstream> tried) throws PeerLeftException {
    if (!goesThroughLine()) {
      Optional<Lease> lease = picking.next(tried::contains);
      return lease.map(held -> new Stay(held, null, call));
    }
    Set<String> names = tried.isEmpty() ? Set.of() : names(tried);
    while (true) {
      Ticket ticket = enter(names);
      if (ticket == null) {
        return Optional.empty();
      }
      last = ticket;
      Balancer balancer = balancer();
      Optional<Lease> lease = balancer.lease(ticket.server());
      if (lease.isPresent() && !lease.get().server().unreachable()) {
        return Optional.of(stay(lease.get(), ticket));
      }
      names = with(names, ticket.server());
      if (lease.isPresent()) {
        if (!balancer.hasAny(work.model(), names, true)) {
          return Optional.of(stay(lease.get(), ticket));
        }
        // All are down: one that may only be busy comes before one that can't be reached.
        lease.get().close();
      }
      // Else it is a server that a reload has just taken away.
      boolean _ = ticket.leave(System.nanoTime());
    }
  }

  private Stay stay(Lease lease, Ticket ticket) {
    call.why(ticket.why());
    return new Stay(lease, ticket, call);
  }

  /** Whether {@link #next} has another server to go to or to wait for. */
  boolean hasNext(List<Upstream> tried) {
    return goesThroughLine()
        ? balancer().hasAny(work.model(), names(tried), false)
        : picking.hasUp(tried::contains);
  }

  /** Why there is no server for it, beside that there is none. */
  Optional<Refusal> refusal() {
    return Optional.ofNullable(refusal);
  }

  /** Whether its place in the line was given up because another model can be asked. */
  boolean isGivenUp() {
    return givenUp;
  }

  private boolean goesThroughLine() {
    return !work.model().isEmpty() && call.route().kind() == Route.Kind.INFERENCE;
  }

  private static Set<String> names(List<Upstream> servers) {
    Set<String> names = new HashSet<>();
    for (Upstream server : servers) {
      names.add(server.name());
    }
    return names;
  }

  private static Set<String> with(Set<String> names, String name) {
    Set<String> more = new HashSet<>(names);
    more.add(name);
    return more;
  }

  /** Its ticket once that has started; null when it can't. */
  private @Nullable Ticket enter(Set<String> tried) throws PeerLeftException {
    Line line = balancer().line();
    if (isExhausted(tried)) {
      return null;
    }
    long now = System.nanoTime();
    Ticket before = last;
    Ticket ticket =
        before == null
            ? line.enter(work, tried, this::started, now)
            : line.again(before, tried, this::started, now);
    if (ticket.state() == Ticket.State.REFUSED) {
      refusal = Refusal.lineFull(line.retryAfterSeconds(now));
      return null;
    }
    if (ticket.state() == Ticket.State.WAITING) {
      await(ticket, tried);
    }
    if (ticket.state() == Ticket.State.STARTED) {
      return ticket;
    }
    if (!givenUp && System.nanoTime() - ticket.expiresNanos() >= 0) {
      refusal = Refusal.waitedTooLong(line.retryAfterSeconds(System.nanoTime()));
    }
    return null;
  }

  /** That of the settings in force now, as the line is: they may have changed in its wait. */
  private Balancer balancer() {
    return call.settings().newest().balancer();
  }

  private boolean isExhausted(Set<String> tried) {
    List<Upstream> servers = balancer().servers();
    for (int i = 0; i < servers.size(); i++) {
      if (!tried.contains(servers.get(i).name())) {
        return false;
      }
    }
    return true;
  }

  /** Called from any thread, also before anybody waits. */
  private void started(Ticket ticket) {
    Signal signal = started;
    if (signal != null) {
      signal.give();
    }
  }

  /** How long the line is worth it where another model could be asked. */
  private long patienceNanos() {
    int seconds = call.settings().config().fallbackAfterSeconds();
    return seconds == 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(seconds);
  }

  private void await(Ticket ticket, Set<String> tried) throws PeerLeftException {
    // Whoever starts the ticket from here on finds the signal, and what was before is seen below.
    Signal signal = new Signal(call.exchange().loop());
    started = signal;
    boolean waits = true;
    long began = System.nanoTime();
    call.inFlight().waits(true);
    balancer().refresh();
    try {
      while (ticket.state() == Ticket.State.WAITING) {
        long now = System.nanoTime();
        long left = ticket.expiresNanos() - now;
        if (left <= 0) {
          return;
        }
        long patience = patienceNanos() - (now - began);
        if (patience <= 0 && alternative.getAsBoolean()) {
          givenUp = true;
          return;
        }
        long pause = Math.min(left, patience > 0 ? Math.min(patience, LOOK_NANOS) : LOOK_NANOS);
        call.heartbeat().beat();
        try {
          long until = Math.min(now + pause, call.heartbeat().nextNanos());
          signal.await("a server", until, call.exchange());
        } catch (DeadlineException e) {
          Balancer balancer = balancer();
          if (!balancer.hasAny(work.model(), tried, false)) {
            // All that could serve it are drained since.
            return;
          }
          balancer.refresh();
          balancer.line().tick(System.nanoTime());
        }
      }
      waits = false;
    } catch (PeerLeftException e) {
      throw e;
    } catch (IOException e) {
      throw new PeerLeftException("interrupted in the line", e);
    } finally {
      call.inFlight().waits(false);
      call.waited(began);
      if (waits) {
        boolean _ = ticket.leave(System.nanoTime());
      }
    }
  }
}
