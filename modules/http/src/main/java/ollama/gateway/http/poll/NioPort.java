package ollama.gateway.http.poll;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import ollama.gateway.http.memory.BufferPool;

/** A socket's channel with a selector. */
final class NioPort extends NioRegistration implements Port {

  private final NioHangUps hangUps;
  private final SocketChannel channel;

  NioPort(Selector selector, NioHangUps hangUps, SocketChannel channel, Watcher watcher) {
    super(selector, channel, watcher);
    this.hangUps = hangUps;
    this.channel = channel;
  }

  SocketChannel channel() {
    return channel;
  }

  /** The peer has ended or reset the connection. */
  void hungUp() {
    watcher().ready(HANG_UP);
  }

  @Override
  public boolean arm(int ops) throws ClosedChannelException {
    return ops == HANG_UP ? hangUps.add(this) : super.arm(ops);
  }

  @Override
  public void disarm(int ops) throws ClosedChannelException {
    if (ops == HANG_UP) {
      hangUps.remove(this);
    } else {
      super.disarm(ops);
    }
  }

  @Override
  public void close() {
    hangUps.remove(this);
    super.close();
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    return channel.read(into);
  }

  /**
   * {@inheritDoc}
   *
   * <p>In pieces, since the JDK copies what isn't direct as a whole, each time anew, into memory
   * that it keeps for the thread.
   */
  @Override
  public int write(ByteBuffer from) throws IOException {
    if (from.isDirect() || from.remaining() <= BufferPool.BUFFER_BYTES) {
      return channel.write(from);
    }
    int begin = from.position();
    int end = from.limit();
    try {
      do {
        from.limit(Math.min(end, from.position() + BufferPool.BUFFER_BYTES));
        channel.write(from);
      } while (!from.hasRemaining() && from.position() < end);
    } finally {
      from.limit(end);
    }
    return from.position() - begin;
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void reset() {
    Channels.resetOnClose(channel);
    close();
  }
}
