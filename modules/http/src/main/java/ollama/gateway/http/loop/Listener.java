package ollama.gateway.http.loop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A listening socket on a loop, waited for by one virtual thread. */
public final class Listener implements AutoCloseable {

  private final EventLoop loop;
  private final ServerSocketChannel channel;
  private final SelectionKey key;
  private final Timer timer;
  private volatile @Nullable Thread waiter;

  /**
   * Adopts a bound, non-blocking channel.
   *
   * @throws ClosedChannelException when it is closed
   */
  public Listener(EventLoop loop, ServerSocketChannel channel) throws ClosedChannelException {
    this.loop = loop;
    this.channel = channel;
    this.timer = loop.newTimer(this::wake);
    this.key = loop.register(channel, this::ready);
  }

  /** The bound address. */
  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  /** Whether {@link #close} hasn't been called. */
  public boolean isOpen() {
    return channel.isOpen();
  }

  /**
   * Accepts a connection; waits for one first when there is none, and may return without.
   *
   * @throws IOException when the system refuses, for want of descriptors as a rule
   */
  public Optional<SocketChannel> accept() throws IOException {
    SocketChannel accepted = channel.accept();
    if (accepted == null) {
      park(SelectionKey.OP_ACCEPT, Timer.NEVER);
    }
    return Optional.ofNullable(accepted);
  }

  /** Waits for {@link #wake}, at most so long, without accepting anything. */
  public void pause(long millis) {
    try {
      park(0, EventLoop.deadlineMillis(millis));
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

  @Override
  public void close() {
    timer.cancel();
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing is left to be done.
    }
    loop.wake();
    wake();
  }

  private void park(int ops, long deadlineNanos) throws ClosedChannelException {
    waiter = Thread.currentThread();
    try {
      if (ops != 0) {
        key.interestOpsOr(ops);
        loop.wake();
      }
      timer.set(deadlineNanos);
      if (channel.isOpen()) {
        LockSupport.park(this);
      }
    } catch (CancelledKeyException e) {
      throw new ClosedChannelException();
    } finally {
      waiter = null;
    }
  }

  /** On the loop's thread: taken back each time, because an acceptor may pause. */
  private void ready(SelectionKey readyKey) {
    try {
      readyKey.interestOpsAnd(~SelectionKey.OP_ACCEPT);
    } catch (CancelledKeyException e) {
      // Closed a moment ago; its thread knows.
    }
    wake();
  }
}
