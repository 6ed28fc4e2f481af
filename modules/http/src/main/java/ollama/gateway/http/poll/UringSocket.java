package ollama.gateway.http.poll;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.spi.AbstractSelectableChannel;

/**
 * A socket with a ring: what is armed, what is in flight, and what has happened. Its descriptor is
 * closed, and its number in the ring used again, only when nothing is in flight any more: else what
 * is late would be taken for another socket's.
 */
class UringSocket implements Registration {

  static final int POLL = 0;
  static final int RECV = 1;
  static final int SEND = 2;
  static final int CANCEL = 3;
  static final int HANG = 4;
  private static final int OPERATION_BITS = 3;

  final UringPoller poller;
  private final AbstractSelectableChannel channel;
  private final Watcher watcher;
  private int slot = -1;
  private int descriptor;
  int armed;
  boolean closed;
  private boolean polling;
  private int cancelling;
  // Of CONNECT and ACCEPT: what was polled for has happened, and nobody has armed it since.
  private int polled;
  // Whether it is in the poller's queues.
  private boolean dirty;
  private boolean queued;

  UringSocket(UringPoller poller, AbstractSelectableChannel channel, Watcher watcher) {
    this.poller = poller;
    this.channel = channel;
    this.watcher = watcher;
  }

  @Override
  public final boolean arm(int ops) throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
    boolean news = (armed & ~polled & ops) != ops;
    polled &= ~ops;
    armed |= ops;
    if (news) {
      markDirty();
      markNews();
    }
    return news;
  }

  @Override
  public final void disarm(int ops) throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if ((armed & ops) != 0) {
      armed &= ~ops;
      markDirty();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      armed = 0;
      markDirty();
    }
  }

  @Override
  public final boolean isOpen() {
    return !closed;
  }

  final int descriptor() {
    return descriptor;
  }

  /** Has {@link #submit} called before the ring is entered again. */
  final void markDirty() {
    if (!dirty) {
      dirty = true;
      poller.addDirty(this);
    }
  }

  /** Has {@link #tell} called once the ring was entered. */
  final void markNews() {
    if (!queued) {
      queued = true;
      poller.addNews(this);
    }
  }

  /**
   * Submits whatever is due.
   *
   * @throws IOException when the ring takes nothing; to be called again then
   */
  final void submit() throws IOException {
    if (slot < 0 && !(closed && !inFlight())) {
      descriptor = poller.descriptor(channel);
      slot = poller.slotFor(this);
    }
    int events = closed || polling ? 0 : pollEvents();
    if (events != 0) {
      poller.ring().poll(descriptor, events, false, userData(POLL));
      polling = true;
    }
    if (closed && polling && cancelling == 0) {
      cancel(POLL);
    }
    submitMore();
    if (closed && !inFlight()) {
      if (slot >= 0) {
        poller.freeSlot(slot);
        slot = -1;
      }
      closeChannel();
    }
    dirty = false;
  }

  /** What the socket is to be polled for, as poll(2) has it; 0 for nothing. */
  int pollEvents() {
    int due = armed & ~polled;
    return ((due & ACCEPT) != 0 ? Ring.POLL_IN : 0) | ((due & CONNECT) != 0 ? Ring.POLL_OUT : 0);
  }

  /** What a port submits besides. */
  void submitMore() throws IOException {}

  /** Whether there is anything that the kernel will complete. */
  boolean inFlight() {
    return polling || cancelling > 0;
  }

  /** Ends an operation before its time; it is completed all the same. */
  final void cancel(int operation) throws IOException {
    poller.ring().cancel(userData(operation), userData(CANCEL));
    cancelling++;
  }

  final boolean cancelling() {
    return cancelling > 0;
  }

  final long userData(int operation) {
    return (long) slot << OPERATION_BITS | operation;
  }

  /** The slot in {@link #userData}. */
  static int slotOf(long userData) {
    return (int) (userData >>> OPERATION_BITS);
  }

  final void completed(long userData, int result, int flags) {
    int operation = (int) userData & (1 << OPERATION_BITS) - 1;
    switch (operation) {
      case POLL -> {
        polling = false;
        polled |= armed & (CONNECT | ACCEPT);
        polled();
        markNews();
      }
      case CANCEL -> {
        cancelling--;
        markDirty();
      }
      default -> completedMore(operation, result, flags);
    }
    if (closed) {
      markDirty();
    }
  }

  /** What was polled for has happened. */
  void polled() {}

  void completedMore(int operation, int result, int flags) {}

  /**
   * Forgets that it was to tell its watcher again, if there is nothing any more.
   *
   * @return whether there isn't
   */
  final boolean forgetOldNews() {
    queued = (armed & holds()) != 0;
    return !queued;
  }

  /** Tells the watcher, and has it told again as long as there is something. */
  final void tell() {
    queued = false;
    int ops = armed & holds();
    if (ops != 0) {
      watcher.ready(ops);
      if ((armed & holds()) != 0) {
        markNews();
      }
    }
  }

  int holds() {
    return polled;
  }

  /** The last step: the descriptor may be another socket's from here on. */
  void closeChannel() {
    Channels.close(channel);
  }
}
