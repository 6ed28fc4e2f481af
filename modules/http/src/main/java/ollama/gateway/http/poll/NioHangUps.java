package ollama.gateway.http.poll;

import java.io.FileDescriptor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which peers have ended or reset their connections, of those from which nothing more may be read
 * just now. A selector tells that to readers alone, so the system is asked itself, once a second
 * and each by itself: there are few of them. Where the JVM hides its descriptors nothing is seen.
 */
final class NioHangUps {

  static final long PERIOD_MILLIS = 1_000;

  /** Linux's poll(2): the peer sends no more; and what is told unasked, an error and a hang-up. */
  private static final int POLLRDHUP = 0x2000;

  private static final int ENDED = POLLRDHUP | 0x8 | 0x10;

  /** Looked for with the first connection that needs it. */
  private static final class Internals {
    private static final @Nullable Method POLL =
        method("Net", "poll", FileDescriptor.class, int.class, long.class);
    private static final @Nullable Method DESCRIPTOR = method("SelChImpl", "getFD");

    private static @Nullable Method method(String type, String name, Class<?>... parameters) {
      if (!System.getProperty("os.name", "").equals("Linux")) {
        return null;
      }
      try {
        Method method = Class.forName("sun.nio.ch." + type).getDeclaredMethod(name, parameters);
        method.setAccessible(true);
        return method;
      } catch (ReflectiveOperationException | RuntimeException e) {
        return null;
      }
    }
  }

  private final Set<NioPort> watched = ConcurrentHashMap.newKeySet();
  private long lookedNanos = System.nanoTime();

  /** Watches one; from any thread. Returns whether that can be done. */
  boolean add(NioPort port) {
    return Internals.POLL != null && Internals.DESCRIPTOR != null && watched.add(port);
  }

  void remove(NioPort port) {
    watched.remove(port);
  }

  /** How long a selector may wait that has so long; 0 is for ever. */
  long waitMillis(long millis) {
    if (watched.isEmpty()) {
      return millis;
    }
    return millis == 0 ? PERIOD_MILLIS : Math.min(millis, PERIOD_MILLIS);
  }

  /** Tells those that have ended; on the loop's thread, after each turn. */
  void look() {
    if (watched.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    if (now - lookedNanos < TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS)) {
      return;
    }
    lookedNanos = now;
    for (NioPort port : watched) {
      if (!port.isOpen()) {
        remove(port);
      } else if (hasEnded(port.channel())) {
        remove(port);
        port.hungUp();
      }
    }
  }

  private static boolean hasEnded(SocketChannel channel) {
    Method poll = Internals.POLL;
    Method descriptor = Internals.DESCRIPTOR;
    if (poll == null || descriptor == null) {
      return false;
    }
    try {
      int seen = (int) poll.invoke(null, descriptor.invoke(channel), POLLRDHUP, 0L);
      return (seen & ENDED) != 0;
    } catch (IllegalAccessException | InvocationTargetException e) {
      // Closed by its thread a moment ago: that thread knows.
      return false;
    }
  }
}
