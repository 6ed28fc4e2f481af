package ollama.gateway.http.loop;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * The one place that reaches into the JDK: virtual threads whose scheduler is an {@link EventLoop}.
 *
 * <p>JDK 25 has no public API for a custom scheduler, but {@code
 * java.lang.ThreadBuilders$VirtualThreadBuilder} has a constructor that takes an {@link Executor};
 * it is reachable when the JVM runs with {@code --add-opens
 * java.base/java.lang=ollama.gateway.http}. Where it isn't, threads are built by the public API and
 * run on the JDK's own scheduler: everything stays correct, each wake-up only costs more.
 */
public final class VirtualThreads {

  /** Set to {@code jdk} to use the JDK's scheduler even where event loops could carry threads. */
  public static final String SCHEDULER_PROPERTY = "ollama.gateway.scheduler";

  /** Who runs the virtual threads of connections. */
  public enum Scheduler {
    /** The event loop that also watches the connection: the fast way. */
    EVENT_LOOP("event-loop"),
    /** The JDK's default scheduler: the fallback. */
    JDK("jdk");

    private final String label;

    Scheduler(String label) {
      this.label = label;
    }

    /** The name used in logs, metrics and {@code version}. */
    public String label() {
      return label;
    }
  }

  private static final Optional<Constructor<?>> LOOP_BUILDER = findLoopBuilder();

  private VirtualThreads() {}

  /** The scheduler that every {@link EventLoop} of this process uses. */
  public static Scheduler scheduler() {
    return LOOP_BUILDER.isPresent() ? Scheduler.EVENT_LOOP : Scheduler.JDK;
  }

  /** A builder of virtual threads that {@code loop} carries, or plain ones on the fallback. */
  static Thread.Builder.OfVirtual builder(Executor loop) {
    if (LOOP_BUILDER.isEmpty()) {
      return Thread.ofVirtual();
    }
    try {
      return (Thread.Builder.OfVirtual) LOOP_BUILDER.get().newInstance(loop);
    } catch (InstantiationException | IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("the JDK refused a virtual thread builder", e);
    }
  }

  private static Optional<Constructor<?>> findLoopBuilder() {
    if (Scheduler.JDK.label().equals(System.getProperty(SCHEDULER_PROPERTY))) {
      return Optional.empty();
    }
    try {
      Class<?> type = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder");
      Constructor<?> constructor = type.getDeclaredConstructor(Executor.class);
      constructor.setAccessible(true);
      return Optional.of(constructor);
    } catch (ReflectiveOperationException | RuntimeException e) {
      // Another JDK, or no --add-opens: the caller learns it from scheduler().
      return Optional.empty();
    }
  }
}
