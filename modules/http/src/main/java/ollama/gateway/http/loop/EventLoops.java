package ollama.gateway.http.loop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.http.poll.Poller;
import ollama.gateway.http.poll.Pollers;

/** A fixed group of event loops, handed out in turn. */
public final class EventLoops implements AutoCloseable {

  private final Pollers pollers;
  private final List<EventLoop> loops;
  private final AtomicInteger turn = new AtomicInteger();

  private EventLoops(Pollers pollers, List<EventLoop> loops) {
    this.pollers = pollers;
    this.loops = List.copyOf(loops);
  }

  /**
   * Starts {@code count} loops, with io_uring where that can be had.
   *
   * @throws IOException when no poller can be made (descriptors are used up)
   */
  public static EventLoops start(int count) throws IOException {
    Pollers best = best();
    if (best.kind() == Pollers.Kind.NIO) {
      return start(count, best);
    }
    try {
      return start(count, best);
    } catch (IOException e) {
      return start(count, Pollers.nio(String.valueOf(e.getMessage())));
    }
  }

  /**
   * Starts {@code count} loops that don't use io_uring.
   *
   * @param why in words for the operator
   * @throws IOException when no selector can be opened
   */
  public static EventLoops startWithNio(int count, String why) throws IOException {
    return start(count, Pollers.nio(why));
  }

  /** A single loop, of the same kind as others are. */
  static EventLoop unstarted(String name) throws IOException {
    return new EventLoop(name, best());
  }

  private static EventLoops start(int count, Pollers pollers) throws IOException {
    List<EventLoop> loops = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        loops.add(new EventLoop("loop-" + i, pollers));
      }
    } catch (IOException e) {
      for (EventLoop loop : loops) {
        loop.start();
        loop.close();
      }
      throw e;
    }
    loops.forEach(EventLoop::start);
    return new EventLoops(pollers, loops);
  }

  /**
   * What a loop of this process would ask the system with, and if that isn't io_uring, why. More
   * loops may be more than the system gives: {@link #ioInWords} tells then.
   */
  public static String bestIo() {
    Pollers best = best();
    if (best.kind() == Pollers.Kind.NIO) {
      return describe(best);
    }
    try (Poller _ = best.open()) {
      return describe(best);
    } catch (IOException e) {
      return describe(Pollers.nio(String.valueOf(e.getMessage())));
    }
  }

  private static Pollers best() {
    // A ring is of one thread, and on that scheduler connections aren't on their loop's.
    return VirtualThreads.scheduler() == VirtualThreads.Scheduler.JDK
        ? Pollers.nio("connections run on the JDK's scheduler")
        : Pollers.best();
  }

  private static String describe(Pollers pollers) {
    String why = pollers.whyNot();
    return pollers.kind().label() + (why.isEmpty() ? "" : " (no io_uring: " + why + ")");
  }

  /** The same of these loops, in words: which, and if that isn't io_uring, why. */
  public String ioInWords() {
    return describe(pollers);
  }

  /** What all of them ask the system with, as logs, metrics and {@code version} have it. */
  public String io() {
    return pollers.kind().label();
  }

  /** Why that isn't io_uring; empty if it is. */
  public String whyNotUring() {
    return pollers.whyNot();
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
