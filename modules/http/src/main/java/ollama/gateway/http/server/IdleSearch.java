package ollama.gateway.http.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import ollama.gateway.http.loop.EventLoop;

/**
 * Finds the connections that have been idle for longest, and where none is, those whose head
 * doesn't get on.
 *
 * <p>A search looks at all of them, and finds candidates for a while: each is asked again when its
 * turn comes, since it may have begun a request meanwhile. So a flood of connections costs a few
 * looks for each. Of more than {@link #LOOKED_AT_MAX} only so many are looked at, others the next
 * time: the longest-idle of those is closed.
 */
final class IdleSearch {

  static final int LOOKED_AT_MAX = 16_384;
  private static final int CANDIDATES_MAX = 256;

  /** Until the next search, for each connection that one looked at without finding enough. */
  private static final long REST_NANOS = 2_000;

  private record Candidate(ClientPhase phase, boolean headBegun, long sinceNanos) {}

  // No comparison of two times: they may lie on both sides of an overflow.
  private static final Comparator<Candidate> LONGEST_FIRST =
      (a, b) ->
          a.headBegun == b.headBegun
              ? Long.signum(a.sinceNanos - b.sinceNanos)
              : Boolean.compare(a.headBegun, b.headBegun);

  private final Collection<ClientConnection> connections;
  private final ArrayDeque<Candidate> candidates = new ArrayDeque<>();
  private Iterator<ClientConnection> walk = Collections.emptyIterator();
  private long nextSearchNanos = EventLoop.nanoTime();

  IdleSearch(Collection<ClientConnection> connections) {
    this.connections = connections;
  }

  /** Closes the longest-idle connection, soon; false when none has been idle for long enough. */
  synchronized boolean closeLongestIdle(Shortage why) {
    while (true) {
      Candidate next = candidates.pollFirst();
      if (next == null) {
        if (!search(EventLoop.nanoTime())) {
          return false;
        }
      } else if (next.phase.closeIfWaitingSince(next.sinceNanos, why)) {
        return true;
      }
    }
  }

  private boolean search(long now) {
    if (now - nextSearchNanos < 0) {
      return false;
    }
    // The shortest-idle of those that were found so far is the first to go.
    PriorityQueue<Candidate> found =
        new PriorityQueue<>(CANDIDATES_MAX + 1, LONGEST_FIRST.reversed());
    if (!walk.hasNext()) {
      walk = connections.iterator();
    }
    int lookedAt = 0;
    for (; lookedAt < LOOKED_AT_MAX && walk.hasNext(); lookedAt++) {
      ClientPhase phase = walk.next().phase();
      Candidate candidate = new Candidate(phase, phase.headBegun(), phase.sinceNanos());
      if (phase.givesWay(now)) {
        found.add(candidate);
        if (found.size() > CANDIDATES_MAX) {
          found.remove();
        }
      }
    }
    List<Candidate> sorted = new ArrayList<>(found);
    sorted.sort(LONGEST_FIRST);
    candidates.addAll(sorted);
    nextSearchNanos = sorted.size() < CANDIDATES_MAX ? now + lookedAt * REST_NANOS : now;
    return !sorted.isEmpty();
  }
}
