package ollama.gateway.http.poll;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import ollama.gateway.http.poll.SendBuffers.SendBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A connected socket with a ring. Bytes are received as long as {@link #READ} is armed, into the
 * poller's buffers, and lie there until they are read. What is written is copied, sent when the
 * ring is entered next, and left alone until the kernel has it.
 */
final class UringPort extends UringSocket implements Port {

  /** How long the last bytes of a closed connection may take to be taken. */
  private static final long LAST_SEND_NANOS = 30_000_000_000L;

  private final SocketChannel channel;

  private final Unread unread;
  // Whether it is in the poller's list of those that hold its buffers.
  private boolean holder;
  private boolean receiving;
  private boolean endOfStream;
  // The system is polled for the end that the peer made, and saw it.
  private boolean hanging;
  private boolean hungUp;
  private int receiveError;

  private @Nullable SendBuffer out;
  private boolean sending;
  // It is told of only if it fails.
  private boolean atOnce;
  // What is held didn't go at once.
  private boolean slow;
  // The system had no more room, and is polled until it has.
  private boolean blocked;
  private int sent;
  private int sendError;
  private boolean shutdownDue;
  private boolean reset;
  private long lastSendDeadline;

  UringPort(UringPoller poller, SocketChannel channel, Watcher watcher) {
    super(poller, channel, watcher);
    this.channel = channel;
    this.unread = new Unread(poller.receiveBuffers());
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    int begin = into.position();
    unread.moveTo(into);
    int count = into.position() - begin;
    if (count > 0 || !into.hasRemaining()) {
      if (unread.isEmpty() && (!receiving || cancelling())) {
        markDirty();
      }
      return count;
    }
    if (receiveError != 0) {
      throw failure(receiveError);
    }
    return endOfStream ? -1 : readDirectly(into);
  }

  /**
   * What came since the ring was entered lies with the system still: who asks whether there is
   * anything is to hear of it. Nothing is overtaken, because only entering the ring receives.
   */
  private int readDirectly(ByteBuffer into) throws IOException {
    if (!poller.ring().isEmpty()) {
      return 0;
    }
    int count = channel.read(into);
    endOfStream = count < 0;
    return count;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if (sendError != 0) {
      throw failure(sendError);
    }
    if (sending || blocked || shutdownDue) {
      return 0;
    }
    SendBuffer held = out;
    if (held == null) {
      held = poller.sendBuffers().take();
      if (held == null) {
        return writeDirectly(from);
      }
      out = held;
      markDirty();
    } else if (from.remaining() > held.bytes().remaining()) {
      held = poller.sendBuffers().enlarge(held);
      out = held;
    }
    return Unread.move(from, held.bytes());
  }

  /** Without a buffer of ours, for as long as there is none. */
  private int writeDirectly(ByteBuffer from) throws IOException {
    int count = channel.write(from);
    if (from.hasRemaining()) {
      blocked = true;
      markDirty();
    }
    return count;
  }

  @Override
  int pollEvents() {
    return super.pollEvents() | (blocked ? Ring.POLL_OUT : 0);
  }

  @Override
  void polled() {
    blocked = false;
  }

  @Override
  public void shutdownOutput() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if (out == null) {
      channel.shutdownOutput();
    } else {
      shutdownDue = true;
    }
  }

  @Override
  public void reset() {
    reset = true;
    if (closed) {
      markDirty();
    } else {
      close();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      super.close();
      unread.clear();
      if (out != null && !reset) {
        lastSendDeadline = System.nanoTime() + LAST_SEND_NANOS;
        poller.awaitLastSend(this);
      }
    }
  }

  /** Whether it is closed but for bytes that the peer hasn't taken. */
  boolean lingers() {
    return closed && out != null && !reset;
  }

  /** Gives the last bytes up if they have taken too long: whoever is there takes none any more. */
  void endLastSend(long nowNanos) {
    if (nowNanos - lastSendDeadline >= 0) {
      reset();
    }
  }

  @Override
  void submitMore() throws IOException {
    if (closed) {
      submitClosing();
      return;
    }
    boolean wanted = (armed & READ) != 0;
    if (receiving) {
      if ((!wanted || unread.isFull()) && !cancelling()) {
        cancel(RECV);
      }
    } else if (wanted && !endOfStream && receiveError == 0 && unread.isEmpty()) {
      poller.ring().receive(descriptor(), userData(RECV));
      receiving = true;
    }
    if ((armed & HANG_UP) != 0 && !hanging && !hasEnded()) {
      poller.ring().poll(descriptor(), Ring.POLL_RDHUP, false, userData(HANG));
      hanging = true;
    }
    send();
  }

  /** Whether it is known that nothing comes behind what was received. */
  private boolean hasEnded() {
    return hungUp || endOfStream || receiveError != 0;
  }

  private void submitClosing() throws IOException {
    if (receiving && !cancelling()) {
      cancel(RECV);
    }
    if (hanging && !cancelling()) {
      cancel(HANG);
    }
    if (reset && sending && !cancelling()) {
      cancel(SEND);
    }
    if (reset && !sending) {
      dropOut();
    }
    send();
  }

  private void send() throws IOException {
    SendBuffer held = out;
    if (held == null || sending) {
      return;
    }
    int left = held.bytes().position() - sent;
    long from = held.address() + sent;
    if (slow || endIsAwaited()) {
      poller.ring().send(descriptor(), from, left, userData(SEND));
    } else {
      poller.ring().sendAtOnce(descriptor(), from, left, userData(SEND));
      poller.confirm(this);
      atOnce = true;
    }
    sending = true;
  }

  /** Whether something goes on when all is sent, for which the ring must not wait in vain. */
  private boolean endIsAwaited() {
    return closed || shutdownDue || (armed & WRITE) != 0;
  }

  /** The ring was entered, and everything that failed was told of. */
  void confirmSent() {
    SendBuffer held = out;
    if (atOnce && held != null) {
      completed(userData(SEND), held.bytes().position() - sent, 0);
    }
  }

  @Override
  boolean inFlight() {
    return receiving || hanging || sending || out != null || super.inFlight();
  }

  @Override
  void completedMore(int operation, int result, int flags) {
    switch (operation) {
      case RECV -> received(result, flags);
      case HANG -> {
        hanging = false;
        hungUp |= result > 0;
        markNews();
      }
      default -> sent(result);
    }
  }

  private void received(int result, int flags) {
    if ((flags & Ring.CQE_MORE) == 0) {
      receiving = false;
      markDirty();
    }
    if ((flags & Ring.CQE_BUFFER) != 0) {
      int id = flags >>> Ring.CQE_BUFFER_SHIFT;
      poller.receiveBuffers().take();
      if (closed || result <= 0) {
        poller.receiveBuffers().give(id);
      } else {
        add(id, result);
      }
    }
    if (result == 0) {
      endOfStream = true;
    } else if (result < 0 && result != -SystemCalls.ENOBUFS && result != -SystemCalls.ECANCELED) {
      receiveError = -result;
    }
    markNews();
  }

  private void add(int id, int length) {
    unread.add(id, length);
    if (unread.isFull()) {
      markDirty();
    }
    if (!holder) {
      holder = true;
      poller.addHolder(this);
    }
  }

  /** Whether it goes on holding the poller's buffers. */
  boolean staysHolder() {
    holder = unread.holdsBuffers();
    return holder;
  }

  /** Copies what lies in the poller's buffers, as others need those. */
  void freeBuffers() {
    unread.copyAll();
  }

  private void sent(int result) {
    int count = atOnce && result == -SystemCalls.EAGAIN ? 0 : result;
    sending = false;
    atOnce = false;
    SendBuffer held = out;
    if (held == null) {
      return;
    }
    if (count < 0) {
      sendError = -count;
    } else {
      sent += count;
    }
    if (count < 0 || sent == held.bytes().position()) {
      dropOut();
      if (shutdownDue && !closed) {
        shutdownDue = false;
        shutdownNow();
      }
    } else {
      slow = true;
      markDirty();
    }
    if ((armed & WRITE) != 0) {
      markNews();
    }
  }

  private void shutdownNow() {
    try {
      channel.shutdownOutput();
    } catch (IOException e) {
      sendError = SystemCalls.ECANCELED;
    }
  }

  private void dropOut() {
    SendBuffer held = out;
    if (held != null) {
      out = null;
      sent = 0;
      slow = false;
      poller.sendBuffers().give(held);
    }
  }

  @Override
  int holds() {
    int ops = super.holds();
    if (!unread.isEmpty() || endOfStream || receiveError != 0) {
      ops |= READ;
    }
    if (hasEnded()) {
      ops |= HANG_UP;
    }
    if (!sending && !blocked) {
      ops |= WRITE;
    }
    return ops;
  }

  @Override
  void closeChannel() {
    if (reset) {
      Channels.resetOnClose(channel);
    } else {
      // What may have come since it was closed would make a reset of the end that the peer hears.
      Channels.shutdownOutput(channel);
    }
    super.closeChannel();
  }

  private static IOException failure(int error) {
    return switch (error) {
      case SystemCalls.ECONNRESET -> new SocketException("Connection reset");
      case SystemCalls.EPIPE -> new IOException("Broken pipe");
      case SystemCalls.ETIMEDOUT -> new SocketException("Connection timed out");
      default -> new SocketException("error " + error + " of the system");
    };
  }
}
