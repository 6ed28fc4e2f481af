package ollama.gateway.http.poll;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Two queues that are shared with the kernel, as io_uring(7) has them: submissions go in, and are
 * handed over by {@link #enter}; completions come out of it. The thread that first enters must be
 * the only one that ever does.
 */
final class Ring implements AutoCloseable {

  /** Tells of one completion. */
  interface Completions {
    /**
     * Something that was submitted has come to an end, or to one of several results.
     *
     * @param userData what it was submitted with
     * @param result what the system call would return, errors negated
     * @param flags IORING_CQE_F_…
     */
    void completed(long userData, int result, int flags);
  }

  static final int POLL_IN = 1;
  static final int POLL_OUT = 4;
  static final int POLL_RDHUP = 0x2000;
  static final int CQE_BUFFER = 1;
  static final int CQE_MORE = 2;
  static final int CQE_BUFFER_SHIFT = 16;

  private static final int OP_POLL_ADD = 6;
  private static final int OP_ASYNC_CANCEL = 14;
  private static final int OP_SEND = 26;
  private static final int OP_RECV = 27;
  private static final int SQE_BUFFER_SELECT = 1 << 5;
  private static final int SQE_CQE_SKIP_SUCCESS = 1 << 6;
  private static final int SQ_CQ_OVERFLOW = 1 << 1;
  private static final int RECV_MULTISHOT = 1 << 1;
  private static final int POLL_ADD_MULTI = 1;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_WAITALL = 0x100;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SETUP_CQSIZE = 1 << 3;
  private static final int SETUP_CLAMP = 1 << 4;
  private static final int SETUP_R_DISABLED = 1 << 6;
  private static final int SETUP_SUBMIT_ALL = 1 << 7;
  private static final int SETUP_SINGLE_ISSUER = 1 << 12;
  private static final int SETUP_DEFER_TASKRUN = 1 << 13;
  private static final int ENTER_GETEVENTS = 1;
  private static final int ENTER_EXT_ARG = 1 << 3;
  private static final int REGISTER_ENABLE_RINGS = 12;
  private static final int REGISTER_PBUF_RING = 22;
  private static final long OFFSET_SQES = 0x10000000L;
  private static final int PARAMS_BYTES = 120;
  private static final int SQ_OFFSETS = 40;
  private static final int CQ_OFFSETS = 80;
  private static final int SQE_BYTES = 64;
  private static final int CQE_BYTES = 16;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final SystemCalls calls = new SystemCalls();
  private final int descriptor;
  private final List<Mapping> mappings = new ArrayList<>(2);
  private final ByteBuffer rings;
  private final ByteBuffer entries;
  private final int sqHead;
  private final int sqTail;
  private final int sqMask;
  private final int sqFlags;
  private final int cqHead;
  private final int cqTail;
  private final int cqMask;
  private final int cqes;
  // struct io_uring_getevents_arg, and behind it the time that it points to.
  private final ByteBuffer wait = SystemCalls.memory(24 + 16);
  private final long waitAddress = SystemCalls.address(wait);
  private int tail;
  private int unsubmitted;
  private boolean enabled;

  /**
   * Makes a ring, with twice as much room for completions as it is likely to need.
   *
   * @throws IOException when the kernel refuses, for whatever reason
   */
  Ring(int submissions, int completions) throws IOException {
    ByteBuffer params = SystemCalls.memory(PARAMS_BYTES);
    params.putInt(4, completions);
    params.putInt(
        8,
        SETUP_CQSIZE
            | SETUP_CLAMP
            | SETUP_R_DISABLED
            | SETUP_SUBMIT_ALL
            | SETUP_SINGLE_ISSUER
            | SETUP_DEFER_TASKRUN);
    long result =
        calls.call(
            SystemCalls.IO_URING_SETUP, submissions, SystemCalls.address(params), 0, 0, 0, 0);
    descriptor = (int) SystemCalls.check("io_uring_setup", result);
    try {
      int sqEntries = params.getInt(0);
      int cqEntries = params.getInt(4);
      int array = params.getInt(SQ_OFFSETS + 24);
      cqes = params.getInt(CQ_OFFSETS + 20);
      int size = Math.max(array + sqEntries * Integer.BYTES, cqes + cqEntries * CQE_BYTES);
      rings = map(size, 0);
      entries = map(sqEntries * SQE_BYTES, OFFSET_SQES);
      sqHead = params.getInt(SQ_OFFSETS);
      sqTail = params.getInt(SQ_OFFSETS + 4);
      sqMask = rings.getInt(params.getInt(SQ_OFFSETS + 8));
      sqFlags = params.getInt(SQ_OFFSETS + 16);
      cqHead = params.getInt(CQ_OFFSETS);
      cqTail = params.getInt(CQ_OFFSETS + 4);
      cqMask = rings.getInt(params.getInt(CQ_OFFSETS + 8));
      for (int i = 0; i < sqEntries; i++) {
        rings.putInt(array + i * Integer.BYTES, i);
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Has received bytes put into a ring of buffers, which others call the group 0. */
  void registerBuffers(long ringAddress, int count) throws IOException {
    ByteBuffer registration = SystemCalls.memory(40);
    registration.putLong(0, ringAddress).putInt(8, count);
    register(REGISTER_PBUF_RING, SystemCalls.address(registration), 1);
  }

  /**
   * Has a descriptor polled as poll(2) does.
   *
   * @param always whether to go on after the first result
   * @throws IOException as with all that is submitted: when there is no room, and the kernel takes
   *     nothing of what was submitted before
   */
  void poll(int fd, int events, boolean always, long userData) throws IOException {
    submit(OP_POLL_ADD, fd, 0, always ? POLL_ADD_MULTI : 0, events, userData);
  }

  /** Has all that comes put into registered buffers, until there is none, or an end or error. */
  void receive(int fd, long userData) throws IOException {
    int how = SQE_BUFFER_SELECT << 8 | RECV_MULTISHOT << 16;
    submit(OP_RECV | how, fd, 0, 0, 0, userData);
  }

  /** Sends bytes that must stay as they are until this is completed; all, but for an error. */
  void send(int fd, long address, int length, long userData) throws IOException {
    submit(OP_SEND, fd, address, length, MSG_NOSIGNAL | MSG_WAITALL, userData);
  }

  /**
   * Sends bytes while the ring is entered, without waiting for room. Only what fails is completed:
   * with how much was sent, or EAGAIN if that is nothing. What isn't completed when {@link
   * #toldAll} was sent whole.
   */
  void sendAtOnce(int fd, long address, int length, long userData) throws IOException {
    submit(
        OP_SEND | SQE_CQE_SKIP_SUCCESS << 8,
        fd,
        address,
        length,
        MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT,
        userData);
  }

  /** Whether the kernel took all that was submitted, and all completions of it were told of. */
  boolean toldAll() {
    return unsubmitted == 0 && isEmpty() && (rings.getInt(sqFlags) & SQ_CQ_OVERFLOW) == 0;
  }

  /** Ends something before its time, if it isn't too late. */
  void cancel(long userDataOfThat, long userData) throws IOException {
    submit(OP_ASYNC_CANCEL, -1, userDataOfThat, 0, 0, userData);
  }

  /** The first 4 bytes are the operation, its flags and its priority; what isn't named is 0. */
  private void submit(
      int operation, int fd, long address, int length, int operationFlags, long userData)
      throws IOException {
    if (unsubmitted > sqMask) {
      enter(false, 0);
      if (unsubmitted > sqMask) {
        throw new IOException("the kernel takes no submission");
      }
    }
    int at = (tail & sqMask) * SQE_BYTES;
    entries.putInt(at, operation);
    entries.putInt(at + 4, fd);
    entries.putLong(at + 8, 0);
    entries.putLong(at + 16, address);
    entries.putInt(at + 24, length);
    entries.putInt(at + 28, operationFlags);
    entries.putLong(at + 32, userData);
    entries.putLong(at + 40, 0);
    entries.putLong(at + 48, 0);
    entries.putLong(at + 56, 0);
    tail++;
    unsubmitted++;
  }

  /**
   * Hands over what was appended; lets the kernel do what it has put off, and complete it.
   *
   * @param untilOne whether to wait until there is a completion
   * @param millis the longest wait; 0 means without bound
   * @throws IOException when the kernel refuses
   */
  void enter(boolean untilOne, long millis) throws IOException {
    if (!enabled) {
      register(REGISTER_ENABLE_RINGS, 0, 0);
      enabled = true;
    }
    rings.putInt(sqTail, tail);
    int flags = ENTER_GETEVENTS;
    long argument = 0;
    long argumentBytes = 0;
    if (untilOne && millis != 0) {
      long nanos = millis * 1_000_000;
      wait.putLong(16, waitAddress + 24);
      wait.putLong(24, nanos / NANOS_PER_SECOND).putLong(32, nanos % NANOS_PER_SECOND);
      flags |= ENTER_EXT_ARG;
      argument = waitAddress;
      argumentBytes = 24;
    }
    long result =
        calls.call(
            SystemCalls.IO_URING_ENTER,
            descriptor,
            unsubmitted,
            untilOne ? 1 : 0,
            flags,
            argument,
            argumentBytes);
    // What was taken, even where it failed afterwards.
    unsubmitted = tail - rings.getInt(sqHead);
    if (result != -SystemCalls.EINTR
        && result != -SystemCalls.ETIME
        && result != -SystemCalls.EBUSY) {
      SystemCalls.check("io_uring_enter", result);
    }
  }

  /** Whether there is no completion that wasn't told of. */
  boolean isEmpty() {
    return rings.getInt(cqHead) == rings.getInt(cqTail);
  }

  /** Tells of all completions that are there. */
  void complete(Completions to) {
    int head = rings.getInt(cqHead);
    while (head != rings.getInt(cqTail)) {
      VarHandle.acquireFence();
      int at = cqes + (head & cqMask) * CQE_BYTES;
      long userData = rings.getLong(at);
      int result = rings.getInt(at + 8);
      int flags = rings.getInt(at + 12);
      head++;
      VarHandle.releaseFence();
      rings.putInt(cqHead, head);
      to.completed(userData, result, flags);
    }
  }

  @Override
  public void close() {
    mappings.forEach(Mapping::close);
    calls.call(SystemCalls.CLOSE, descriptor, 0, 0, 0, 0, 0);
  }

  private void register(int what, long argument, int count) throws IOException {
    long result =
        calls.call(SystemCalls.IO_URING_REGISTER, descriptor, what, argument, count, 0, 0);
    SystemCalls.check("io_uring_register", result);
  }

  private ByteBuffer map(int bytes, long offset) throws IOException {
    Mapping mapping = Mapping.of(calls, bytes, descriptor, offset);
    mappings.add(mapping);
    return mapping.bytes();
  }
}
