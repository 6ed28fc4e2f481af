package ollama.gateway.console;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import ollama.gateway.ollama.Json;

/** The requests that ended last. For any number of threads; never blocks. */
public final class RecentRequests {

  /** How many are kept. */
  static final int KEPT = 50;

  private final AtomicReferenceArray<FinishedRequest> ring = new AtomicReferenceArray<>(KEPT);
  private final AtomicLong next = new AtomicLong();

  /** None yet. */
  public RecentRequests() {}

  /** One has ended. */
  public void add(FinishedRequest request) {
    ring.set((int) (next.getAndIncrement() % KEPT), request);
  }

  /** As the page reads them, the last one first. */
  List<Json> json() {
    List<Json> requests = new ArrayList<>(KEPT);
    long last = next.get() - 1;
    for (long i = last; i >= 0 && i > last - KEPT; i--) {
      FinishedRequest request = ring.get((int) (i % KEPT));
      if (request != null) {
        requests.add(request.json());
      }
    }
    return requests;
  }
}
