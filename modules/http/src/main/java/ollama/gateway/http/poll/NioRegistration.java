package ollama.gateway.http.poll;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.jspecify.annotations.Nullable;

/** A channel with a selector: its key is made when it is armed first, and kept. */
class NioRegistration implements Registration {

  private final Selector selector;
  private final SelectableChannel channel;
  private final Watcher watcher;
  // By the first wait, which is on the loop: who accepts may be on another.
  private volatile @Nullable SelectionKey key;

  NioRegistration(Selector selector, SelectableChannel channel, Watcher watcher) {
    this.selector = selector;
    this.channel = channel;
    this.watcher = watcher;
  }

  @Override
  public boolean arm(int ops) throws ClosedChannelException {
    SelectionKey known = key;
    try {
      if (known == null) {
        key = channel.register(selector, ops, this);
        return true;
      }
      if ((known.interestOps() & ops) == ops) {
        return false;
      }
      known.interestOpsOr(ops);
      return true;
    } catch (CancelledKeyException e) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public void disarm(int ops) throws ClosedChannelException {
    SelectionKey known = key;
    try {
      if (known != null) {
        known.interestOpsAnd(~ops);
      }
    } catch (CancelledKeyException e) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public void close() {
    Channels.close(channel);
  }

  @Override
  public final boolean isOpen() {
    return channel.isOpen();
  }

  final Watcher watcher() {
    return watcher;
  }

  final void ready(SelectionKey readyKey) {
    int ops;
    try {
      ops = readyKey.readyOps();
    } catch (CancelledKeyException e) {
      // Closed by its thread a moment ago: that thread knows.
      ops = 0;
    }
    watcher.ready(ops);
  }
}
