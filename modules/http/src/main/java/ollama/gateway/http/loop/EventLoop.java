package ollama.gateway.http.loop;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.http.memory.BufferPool;
import ollama.gateway.http.poll.Poller;
import ollama.gateway.http.poll.Pollers;
import org.jspecify.annotations.Nullable;

/**
 * One platform thread, one poller, one run queue: watches connections and carries the virtual
 * threads that serve them.
 *
 * <pre>
 *   for (;;) {
 *     poll (without waiting when tasks are queued): each ready socket unparks its thread
 *     run the timers that are due
 *     run the tasks that were there: mostly continuations of virtual threads
 *   }
 * </pre>
 *
 * <p>Code that runs here must not block the carrier: no file access, no name look-up, no long
 * computation. The loop measures its longest task, because nothing else would show such a stall.
 */
public final class EventLoop implements Executor, AutoCloseable {

  private static final System.Logger LOG = System.getLogger(EventLoop.class.getName());

  // Tasks from other threads run per turn; the rest waits for the next, after I/O.
  private static final int SHARED_BATCH = 1024;

  /**
   * Takes what escapes a thread of this loop, and is the mark that tells such a thread from others:
   * whom a virtual thread is carried by, the JDK doesn't say.
   */
  private final class Escaped implements Thread.UncaughtExceptionHandler {
    @Override
    public void uncaughtException(Thread thread, Throwable failure) {
      failures.add("a connection's thread failed", failure);
    }
  }

  /** Before polling is tried again: it may fail at once each time. */
  private static final long PAUSE_NANOS = 10_000_000;

  private final Poller poller;
  private final Thread carrier;
  private final Thread.Builder.OfVirtual threads;
  private final ArrayDeque<Runnable> local = new ArrayDeque<>();
  private final ConcurrentLinkedQueue<Runnable> shared = new ConcurrentLinkedQueue<>();
  // True while the loop waits in its poller or is about to: only then must it be woken.
  private final AtomicBoolean waiting = new AtomicBoolean();
  private final FailureLog failures = new FailureLog(LOG, System::nanoTime);
  private final Escaped escaped = new Escaped();
  private final BufferPool buffers = new BufferPool();
  private final TimerWheel timers = new TimerWheel(System.nanoTime(), this::wake);
  private final boolean carries = VirtualThreads.scheduler() == VirtualThreads.Scheduler.EVENT_LOOP;
  private long turnNanos = System.nanoTime();
  private final RecentMaximum longestTask = new RecentMaximum(System.nanoTime());
  private volatile boolean closing;

  /**
   * Makes a loop; {@link #start} sets it going.
   *
   * @param name of the thread; virtual threads are named after it
   * @throws IOException when no poller can be made (descriptors are used up)
   */
  EventLoop(String name, Pollers pollers) throws IOException {
    poller = pollers.open();
    carrier = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    threads =
        VirtualThreads.builder(this).name(name + "-connection").uncaughtExceptionHandler(escaped);
  }

  /** Starts the loop's thread; call once. */
  public void start() {
    carrier.start();
  }

  /** Starts a virtual thread on this loop (on the fallback: on the JDK's scheduler). */
  public Thread startThread(Runnable task) {
    return threads.start(task);
  }

  /** The clock of all deadlines, {@link System#nanoTime}. */
  public static long nanoTime() {
    return System.nanoTime();
  }

  /** The deadline that lies {@code millis} ahead; 0 means none and gives {@link Timer#NEVER}. */
  public static long deadlineMillis(long millis) {
    return millis == 0 ? Timer.NEVER : System.nanoTime() + millis * 1_000_000;
  }

  /**
   * As {@link #deadlineMillis}, for code that this loop carries: counted from the beginning of the
   * loop's turn, which spares a look at the clock and makes it early by what the turn took so far.
   */
  public long deadlineAfterMillis(long millis) {
    return millis == 0 ? Timer.NEVER : turnNanos() + millis * 1_000_000;
  }

  /**
   * The time at which the loop's turn began, for code that it carries: late by no more than the
   * turn takes. On the fallback scheduler, where no turn is going on perhaps, the time.
   */
  public long turnNanos() {
    return carries ? turnNanos : System.nanoTime();
  }

  /** This loop's buffers. */
  public BufferPool buffers() {
    return buffers;
  }

  /** A timer whose action runs on this loop's thread; the action must be short and never throw. */
  public Timer newTimer(Runnable action) {
    return new Timer(timers, () -> runTask(action));
  }

  /** Tasks and timers that failed by a mistake since the start; they are logged too. */
  public long failures() {
    return failures.count();
  }

  /** The longest that one task held this loop in the last one to two minutes, in nanoseconds. */
  public long longestTaskNanos() {
    return longestTask.read(System.nanoTime());
  }

  /**
   * Queues a task for the loop's thread. It never throws: an exception on an unpark would lose that
   * virtual thread for good.
   */
  @Override
  public void execute(Runnable task) {
    if (Thread.currentThread() == carrier) {
      local.add(task);
    } else {
      shared.add(task);
      wake();
    }
  }

  /** Ends the loop's thread once its queue is empty; connections must be closed before. */
  @Override
  public void close() {
    closing = true;
    wake();
  }

  /**
   * Whether the calling thread is neither this loop's own nor one that it started. Such a thread
   * must not touch the poller and timers: it would share their locks with the loop's own thread and
   * with those that it carries. Once one of the latter waits for such a lock, and the loop's own
   * thread behind it, nobody is left to let the first one go on.
   *
   * <p>On the fallback scheduler no virtual thread is foreign: none of them needs the loop to go
   * on.
   */
  boolean isForeign() {
    Thread thread = Thread.currentThread();
    if (thread == carrier) {
      return false;
    }
    return carries ? !escaped.equals(thread.getUncaughtExceptionHandler()) : !thread.isVirtual();
  }

  /** Does something that foreign threads mustn't: at once, or soon by the loop's own thread. */
  void perform(Runnable action) {
    if (isForeign()) {
      execute(action);
    } else {
      action.run();
    }
  }

  /** Who watches this loop's sockets. */
  Poller poller() {
    return poller;
  }

  /** Lets the loop see what was armed, a closed socket or a new task. */
  void wake() {
    if (waiting.get() && waiting.compareAndSet(true, false)) {
      poller.wakeUp();
    }
  }

  private void run() {
    long now = System.nanoTime();
    while (!closing || !local.isEmpty() || !shared.isEmpty()) {
      now = turn(now);
    }
    try {
      poller.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "closing a poller failed", e);
    }
  }

  /** A method of its own, so that it is compiled: {@link #run} is called only once. */
  private long turn(long endOfLast) {
    try {
      poll(endOfLast);
    } catch (IOException | RuntimeException | Error e) {
      // Whatever it is: with this thread, every connection of the loop would hang for good.
      failures.add("polling failed", e);
      LockSupport.parkNanos(this, PAUSE_NANOS);
    }
    long now = System.nanoTime();
    turnNanos = now;
    timers.advance(now);
    return runTasks(now);
  }

  private void poll(long now) throws IOException {
    if (!local.isEmpty()) {
      poller.look();
      return;
    }
    waiting.set(true);
    if (shared.isEmpty() && !closing) {
      poller.await(timers.sleepMillis(now));
      waiting.set(false);
    } else {
      waiting.set(false);
      poller.look();
    }
  }

  /**
   * Runs what was queued when it was called, so that tasks that queue tasks can't starve I/O.
   *
   * @return the time at the end
   */
  private long runTasks(long now) {
    long start = now;
    long longest = 0;
    for (int left = local.size(); left > 0; left--) {
      runTask(local.remove());
      long end = System.nanoTime();
      longest = Math.max(longest, end - start);
      start = end;
    }
    @Nullable Runnable task;
    for (int left = SHARED_BATCH; left > 0 && (task = shared.poll()) != null; left--) {
      runTask(task);
      long end = System.nanoTime();
      longest = Math.max(longest, end - start);
      start = end;
    }
    longestTask.note(longest, start);
    return start;
  }

  /** Runs a task, and logs what it throws: one failure must not end the loop. */
  private void runTask(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      failures.add("a task failed on an event loop", e);
    }
  }
}
