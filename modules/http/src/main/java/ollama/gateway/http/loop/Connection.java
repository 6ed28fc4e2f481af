package ollama.gateway.http.loop;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import ollama.gateway.http.poll.Port;
import ollama.gateway.http.poll.Registration;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking socket on a loop, waited for by one virtual thread at a time.
 *
 * <p>What the port is armed for is changed only when it must be: it stays so across waits, and is
 * taken back when the port is ready while nobody waits (the loop would spin otherwise). Every wait
 * may end early; callers try their operation again and wait again.
 *
 * <p>Reading, writing and waiting belong to the one thread that serves the connection, or, while
 * that is parked, to the loop's own (see {@link ReadListener}); {@link #close}, {@link #abort} and
 * {@link #nudge} may come from any.
 */
public final class Connection implements AutoCloseable {

  /** Full buffers that may be read before others get their turn. */
  public static final int READS_AT_ONCE = 4;

  private final EventLoop loop;
  private final SocketChannel channel;
  // Another one once TLS is spoken.
  private volatile Port port;
  private final HangUp hangUp;
  private final Timer timer;
  private final InetSocketAddress remote;

  private volatile @Nullable Thread waiter;
  private volatile boolean readable;
  // Room to write, or an ended connect, since the last wait for that began.
  private volatile boolean writable;
  private volatile @Nullable Runnable idleAction;
  private volatile @Nullable ReadListener listener;
  private long offerIdleMillis;
  // Waits in a row that were none.
  private int atOnce;
  private final Runnable offer = this::offer;

  Connection(EventLoop loop, SocketChannel channel, InetSocketAddress remote) {
    this.loop = loop;
    this.channel = channel;
    this.remote = remote;
    Port socket = loop.poller().port(channel, this::ready);
    this.port = socket;
    this.hangUp = new HangUp(loop, socket);
    this.timer = loop.newTimer(this::wakeWaiter);
  }

  /** What the system does by itself. */
  public TcpOptions tcp() {
    return new TcpOptions(channel);
  }

  /** The loop that watches this connection. */
  public EventLoop loop() {
    return loop;
  }

  /** The peer's address. */
  public InetSocketAddress remote() {
    return remote;
  }

  /** Whether this side hasn't closed the connection; true until the loop has done so. */
  public boolean isOpen() {
    return port.isOpen();
  }

  /** Whether the loop saw bytes or the end of the stream that {@link #read} hasn't fetched. */
  public boolean readable() {
    return readable;
  }

  /**
   * Reads what is there without waiting.
   *
   * @return the number of bytes; 0 when there is nothing now, -1 at the end of the stream
   */
  public int read(ByteBuffer into) throws IOException {
    // Cleared first: what the loop sees from here on is news. A read that fills the buffer has
    // perhaps left something.
    readable = false;
    int count = port.read(into);
    if (count > 0 && (!into.hasRemaining() || port.hasMore())) {
      readable = true;
    }
    return count;
  }

  /** Writes what the peer takes now, without waiting; returns the number of bytes. */
  public int write(ByteBuffer from) throws IOException {
    return port.write(from);
  }

  /**
   * Parks until the loop sees bytes or the end of the stream, or until {@code watched} has some.
   * Who passes {@code watched} must read from it when it is {@link #readable}, else this won't
   * park.
   *
   * @param what is waited for, for the exception
   * @throws DeadlineException when neither came by {@code deadlineNanos}
   * @throws ClosedChannelException when this side closed the connection meanwhile
   * @throws InterruptedIOException when the thread is interrupted, which it stays
   */
  @SuppressWarnings("ThreadPriorityCheck") // it is about fairness; nothing relies on it
  public void awaitReadable(@Nullable Connection watched, long deadlineNanos, String what)
      throws IOException {
    if (readable || (watched != null && watched.readable)) {
      atOnce++;
      if (atOnce == READS_AT_ONCE) {
        // Others get their turn, or a transfer between fast peers would keep the loop to itself.
        atOnce = 0;
        Thread.yield();
      }
      return;
    }
    await(Registration.READ, watched, deadlineNanos, what);
  }

  /**
   * As {@link #awaitReadable(Connection, long, String)}, but offers what comes to {@code with}
   * first: as long as that is enough, the thread stays parked, and is spared two changes of stacks
   * each time. On the fallback scheduler it is never asked, since the thread could run at the same
   * time.
   *
   * @param idleMillis how long nothing at all may come; 0 means without bound
   * @param what is waited for, for the exception
   * @param with takes what comes
   * @throws DeadlineException when nothing came for so long; else as there
   */
  public void awaitReadable(
      @Nullable Connection watched, long idleMillis, String what, ReadListener with)
      throws IOException {
    boolean carried = VirtualThreads.scheduler() == VirtualThreads.Scheduler.EVENT_LOOP;
    offerIdleMillis = idleMillis;
    listener = carried ? with : null;
    try {
      awaitReadable(watched, loop.deadlineAfterMillis(idleMillis), what);
    } finally {
      listener = null;
    }
  }

  /**
   * Parks until there is room to write, or {@code watched} has something to read.
   *
   * @param orReadable whether something to read here ends the wait too
   * @throws DeadlineException when neither came by {@code deadlineNanos}
   * @throws ClosedChannelException when this side closed the connection meanwhile
   */
  public void awaitWritable(boolean orReadable, @Nullable Connection watched, long deadlineNanos)
      throws IOException {
    if (!(orReadable && readable)) {
      int ops = orReadable ? Registration.WRITE | Registration.READ : Registration.WRITE;
      await(ops, watched, deadlineNanos, "room to write");
    }
  }

  /**
   * Ends a wait early, if there is one, as if something had come; from any thread. Who is woken
   * looks for itself what for.
   */
  public void nudge() {
    loop.perform(this::wakeWaiter);
  }

  /** Has this run, on the loop's thread, when the peer sends something or leaves from now on. */
  public void watchIdle(Runnable action) throws IOException {
    idleAction = action;
    timer.set(Timer.NEVER);
    arm(Registration.READ);
  }

  /** The peer's end of the connection, as far as that is seen without reading. */
  public HangUp hangUp() {
    return hangUp;
  }

  /** Ends what {@link #watchIdle} began. */
  public void endIdle() {
    idleAction = null;
  }

  /** Puts something between this connection and its socket; returns that. */
  <T extends Port> T interpose(Function<Port, T> between) {
    T other = between.apply(port);
    port = other;
    return other;
  }

  /** Whether there may be something to read, as is known to who doesn't ask the loop. */
  void readable(boolean maybe) {
    readable = maybe;
  }

  /** Closes the sending side only; the peer sees the end of the stream. */
  public void shutdownOutput() throws IOException {
    port.shutdownOutput();
  }

  /**
   * Closes; idempotent. A thread that waits here sees {@link ClosedChannelException}. Called from a
   * thread that doesn't belong to the loop, it is done by the loop, soon; never, once that has
   * ended.
   */
  @Override
  public void close() {
    loop.perform(this::closeNow);
  }

  /**
   * Closes with a reset, so that the peer can't take what it got for the whole: needed where the
   * end of the connection is the end of the message. As {@link #close} otherwise.
   */
  public void abort() {
    loop.perform(this::abortNow);
  }

  private void closeNow() {
    timer.cancel();
    port.close();
    endWaits();
  }

  private void abortNow() {
    timer.cancel();
    port.reset();
    endWaits();
  }

  private void endWaits() {
    // The descriptor is released by the poller's next turn.
    loop.wake();
    wakeWaiter();
  }

  /** Parks until the port is ready for any of {@code ops}; else as the waits above. */
  void await(int ops, @Nullable Connection watched, long deadlineNanos, String what)
      throws IOException {
    Thread me = Thread.currentThread();
    atOnce = 0;
    writable = false;
    waiter = me;
    try {
      arm(ops);
      if (watched != null && !watched.wakeWhenReadable(me)) {
        return;
      }
      timer.set(deadlineNanos);
      LockSupport.park(this);
    } finally {
      waiter = null;
      if (watched != null) {
        watched.endWake();
      }
    }
    if (!port.isOpen()) {
      throw new ClosedChannelException();
    }
    if (me.isInterrupted()) {
      // It won't park again, so the loop would never come to see the deadline.
      throw new InterruptedIOException("interrupted while waiting for " + what);
    }
    if (ops == Registration.READ ? readable : writable) {
      // In time: a loop that was held up sees this and the deadline at once.
      return;
    }
    // The timer knows without a look at the clock; the clock is for the fallback scheduler. The
    // deadline is the timer's, because it may have been moved meanwhile.
    if (timer.passed() && System.nanoTime() - timer.deadlineNanos() >= 0) {
      throw new DeadlineException(what);
    }
  }

  private void arm(int ops) throws ClosedChannelException {
    if (port.arm(ops)) {
      loop.wake();
    }
  }

  /** Forgets the last wait's deadline. */
  void cancelTimer() {
    timer.cancel();
  }

  /** Ends the interest in what isn't waited for any more. */
  void disarm(int ops) throws ClosedChannelException {
    port.disarm(ops);
  }

  /**
   * Has a thread that waits for something else woken when there is something to read here; false
   * when this side has closed the connection, which ends any wait.
   */
  boolean wakeWhenReadable(Thread thread) {
    waiter = thread;
    try {
      arm(Registration.READ);
      return true;
    } catch (ClosedChannelException e) {
      return false;
    }
  }

  /** Ends what {@link #wakeWhenReadable} began. */
  void endWake() {
    waiter = null;
  }

  /** On the loop's thread. */
  private void ready(int ops) {
    if ((ops & Registration.HANG_UP) != 0) {
      hangUp.happened();
    }
    int others = ops & ~Registration.HANG_UP;
    if (others != 0 || ops == 0) {
      readyToTransfer(others);
    }
  }

  private void readyToTransfer(int ops) {
    ReadListener with = listener;
    boolean told = readable;
    if ((ops & Registration.READ) != 0) {
      readable = true;
    }
    // Room to write and an ended connect are news once; only reading stays armed.
    int disarm = ops & ~Registration.READ;
    if (disarm != 0) {
      writable = true;
    }
    if (waiter == null || (told && with == null)) {
      // Nobody waits, or whoever does has no use for what there is to read just now, as a thread
      // that waits for room to write: telling it again and again would only keep the loop busy.
      disarm = ops;
    }
    try {
      if (disarm != 0) {
        port.disarm(disarm);
      }
    } catch (ClosedChannelException e) {
      // Closed by its thread a moment ago: that thread knows.
    }
    // Read again: on the fallback scheduler a thread may have begun to wait since.
    Thread thread = waiter;
    Runnable idle = idleAction;
    if (with != null && ops == Registration.READ) {
      // As a task, which the loop measures, and runs before it selects again.
      loop.execute(offer);
    } else if (thread != null) {
      LockSupport.unpark(thread);
    } else if (idle != null) {
      idle.run();
    }
  }

  private void offer() {
    ReadListener with = listener;
    // None: the thread was woken by something else since, and sees for itself.
    if (with == null) {
      return;
    }
    // First: these bytes came in time, even if a loop that was held up sees the deadline as well.
    timer.set(loop.deadlineAfterMillis(offerIdleMillis));
    boolean goesOnWaiting = false;
    try {
      goesOnWaiting = with.onReadable();
    } finally {
      if (!goesOnWaiting) {
        wakeWaiter();
      }
    }
  }

  private void wakeWaiter() {
    Thread thread = waiter;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }
}
