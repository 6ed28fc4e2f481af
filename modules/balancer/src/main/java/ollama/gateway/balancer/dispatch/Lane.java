package ollama.gateway.balancer.dispatch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One class of the line: its tickets in the order of their arrival. Guarded by the line's lock. */
final class Lane {
  private final Map<String, Flow> flows = new HashMap<>();

  @Nullable Ticket head;
  private @Nullable Ticket tail;

  int waiting;

  /** What was started of this class since the beginning, in milliseconds of work. */
  double startedMillis;

  /** What the key that was served last has got: who comes anew starts there. */
  private double level;

  /** The key's flow; of one that was idle, as if it had got as much as those that wait. */
  Flow flow(String key) {
    Flow known = flows.get(key);
    if (known == null) {
      known = new Flow(key, level());
      flows.put(key, known);
    } else if (known.waiting == 0) {
      known.gotMillis = Math.max(known.gotMillis, level());
    }
    return known;
  }

  int active() {
    return flows.size();
  }

  private double level() {
    double least = Double.POSITIVE_INFINITY;
    for (Ticket t = head; t != null; t = t.next) {
      least = Math.min(least, t.flow.gotMillis);
    }
    return waiting == 0 ? level : least;
  }

  void dropIfIdle(Flow flow) {
    if (flow.idle()) {
      flows.remove(flow.key);
    }
  }

  /** In the order of arrival, which is at the end unless it was here before. */
  void add(Ticket ticket) {
    Ticket before = tail;
    while (before != null && before.arrivedNanos > ticket.arrivedNanos) {
      before = before.previous;
    }
    Ticket after = before == null ? head : before.next;
    ticket.previous = before;
    ticket.next = after;
    if (before == null) {
      head = ticket;
    } else {
      before.next = ticket;
    }
    if (after == null) {
      tail = ticket;
    } else {
      after.previous = ticket;
    }
    waiting++;
    Flow flow = ticket.flow;
    ticket.flowStarted = flow.startedMillis;
    ticket.flowAhead = flow.waitingMillis;
    ticket.laneStarted = startedMillis;
    flow.waiting++;
    flow.waitingMillis += ticket.workMillis;
  }

  /** In constant time. */
  void remove(Ticket ticket) {
    Ticket before = ticket.previous;
    Ticket after = ticket.next;
    if (before == null) {
      head = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      tail = before;
    } else {
      after.previous = before;
    }
    ticket.previous = null;
    ticket.next = null;
    waiting--;
    ticket.flow.waiting--;
    ticket.flow.waitingMillis -= ticket.workMillis;
  }

  /** Adds a place for each that waits, with what {@code each} start takes in milliseconds. */
  void addPlaces(List<Place> places, double each, long now) {
    for (Ticket t = head; t != null; t = t.next) {
      int number = places.size() + 1;
      long waited = (now - t.arrivedNanos) / 1_000_000;
      places.add(new Place(number, t.work, waited, Math.round(number * each)));
    }
  }

  /** How many wait here that are expected to go to this server. */
  int waitingFor(int server) {
    int count = 0;
    for (Ticket t = head; t != null; t = t.next) {
      count += t.prefers == server ? 1 : 0;
    }
    return count;
  }

  void serversChanged() {
    for (Ticket t = head; t != null; t = t.next) {
      t.serversChanged();
    }
  }

  void served(Flow flow, double millis) {
    level = Math.max(level, flow.gotMillis);
    startedMillis += millis;
    flow.gotMillis += millis;
    flow.startedMillis += millis;
  }
}
