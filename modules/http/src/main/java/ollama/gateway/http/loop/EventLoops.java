package ollama.gateway.http.loop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A fixed group of event loops, handed out in turn. */
public final class EventLoops implements AutoCloseable {

  private final List<EventLoop> loops;
  private final AtomicInteger turn = new AtomicInteger();

  private EventLoops(List<EventLoop> loops) {
    this.loops = List.copyOf(loops);
  }

  /**
   * Starts {@code count} loops.
   *
   * @throws IOException when a selector can't be opened
   */
  public static EventLoops start(int count) throws IOException {
    List<EventLoop> loops = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      loops.add(new EventLoop("loop-" + i));
    }
    loops.forEach(EventLoop::start);
    return new EventLoops(loops);
  }

  /** How many loops suit this machine: a loop is rarely the bottleneck, so one for two cores. */
  public static int suitableCount() {
    return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 8);
  }

  /** The next loop, round robin. */
  public EventLoop next() {
    return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
  }

  /** All loops, in a fixed order. */
  public List<EventLoop> all() {
    return loops;
  }

  /** Ends all loops; connections must be closed before. */
  @Override
  public void close() {
    loops.forEach(EventLoop::close);
  }
}
