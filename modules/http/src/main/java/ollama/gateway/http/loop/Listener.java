package ollama.gateway.http.loop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import ollama.gateway.http.poll.Registration;
import org.jspecify.annotations.Nullable;

/** A listening socket on a loop, waited for by one virtual thread. */
public final class Listener implements AutoCloseable {

  private final EventLoop loop;
  private final ServerSocketChannel channel;
  private final Timer timer;
  private final Registration registration;
  private volatile @Nullable Thread waiter;
  private final CountDownLatch released = new CountDownLatch(1);

  /** Adopts a bound, non-blocking channel. */
  public Listener(EventLoop loop, ServerSocketChannel channel) {
    this.loop = loop;
    this.channel = channel;
    this.registration = loop.poller().registration(channel, this::ready);
    this.timer = loop.newTimer(this::wake);
  }

  /**
   * Makes a connection of an accepted channel.
   *
   * @throws IOException when the channel is closed already; it is closed then
   */
  public static Connection adopt(EventLoop loop, SocketChannel accepted) throws IOException {
    try {
      Sockets.prepare(accepted);
      InetSocketAddress remote = (InetSocketAddress) accepted.getRemoteAddress();
      return new Connection(loop, accepted, remote);
    } catch (IOException | RuntimeException e) {
      accepted.close();
      throw e;
    }
  }

  /** The bound address. */
  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  /** Whether {@link #close} hasn't been called. */
  public boolean isOpen() {
    return registration.isOpen();
  }

  /**
   * Accepts a connection; waits for one first when there is none, and may return without.
   *
   * @throws IOException when the system refuses, for want of descriptors as a rule
   */
  public Optional<SocketChannel> accept() throws IOException {
    SocketChannel accepted = channel.accept();
    if (accepted == null) {
      park(Registration.ACCEPT, Timer.NEVER, () -> false);
    }
    return Optional.ofNullable(accepted);
  }

  /** Waits for {@link #wake}, at most so long, without accepting anything. */
  public void pause(long millis) {
    pause(millis, () -> false);
  }

  /**
   * The same, unless it is over.
   *
   * @param over asked once a {@link #wake} would be heard, so that none is missed
   */
  public void pause(long millis, BooleanSupplier over) {
    try {
      park(0, EventLoop.deadlineMillis(millis), over);
    } catch (ClosedChannelException e) {
      // isOpen tells.
    }
  }

  /** Ends a wait early. */
  public void wake() {
    Thread thread = waiter;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }

  /** Closes; called from a thread that doesn't belong to the loop, this is done by it, soon. */
  @Override
  public void close() {
    loop.perform(this::closeNow);
  }

  /**
   * Waits until the system refuses connections, a moment after {@link #close}: what it accepts in
   * between is reset. Not to be called by a loop's thread.
   *
   * @return whether it does by the end of that time
   * @throws InterruptedException when interrupted while waiting
   */
  public boolean awaitClosed(long millis) throws InterruptedException {
    return released.await(millis, TimeUnit.MILLISECONDS);
  }

  private void closeNow() {
    timer.cancel();
    registration.close();
    loop.wake();
    wake();
    // The poller's next turn releases the descriptor; what a task queues runs behind that.
    loop.execute(() -> loop.execute(released::countDown));
  }

  private void park(int ops, long deadlineNanos, BooleanSupplier over)
      throws ClosedChannelException {
    waiter = Thread.currentThread();
    try {
      if (ops != 0 && registration.arm(ops)) {
        loop.wake();
      }
      timer.set(deadlineNanos);
      if (isOpen() && !over.getAsBoolean()) {
        LockSupport.park(this);
      }
    } finally {
      waiter = null;
    }
  }

  /** On the loop's thread: taken back each time, because an acceptor may pause. */
  private void ready(int ops) {
    try {
      registration.disarm(ops);
    } catch (ClosedChannelException e) {
      // Closed a moment ago; its thread knows.
    }
    wake();
  }
}
