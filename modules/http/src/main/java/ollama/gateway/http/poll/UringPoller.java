package ollama.gateway.http.poll;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * By io_uring: one system call a turn hands over all that was written, receives for all sockets,
 * and waits. Only for loops that carry their virtual threads, since a ring belongs to one thread.
 */
public final class UringPoller implements Poller {

  private static final int SUBMISSIONS = 1024;
  private static final int COMPLETIONS = 8192;
  private static final int RECEIVE_BUFFERS = 256;
  private static final int EVENTFD_CLOEXEC_NONBLOCK = 02004000;
  private static final long WAKE = -1;

  /** How often the last bytes of closed connections are looked after. */
  private static final long LINGER_LOOK_MILLIS = 500;

  /** How long the end of the loop waits for such bytes. */
  private static final long DRAIN_NANOS = 1_000_000_000;

  private static final String HIDDEN =
      "the JVM was started without --add-opens=java.base/sun.nio.ch=ollama.gateway.http";

  /** Where the numbers of {@link SystemCalls} hold. */
  private static final Set<String> SYSTEMS = Set.of("Linux on amd64", "Linux on aarch64");

  private static final @Nullable Method DESCRIPTOR_OF = descriptorOf();

  private final Ring ring;
  private final ReceiveBuffers receiveBuffers;
  private final SendBuffers sendBuffers = new SendBuffers();
  private final int eventDescriptor;
  private final SystemCalls wakeCalls = new SystemCalls();
  private final ByteBuffer one = SystemCalls.memory(Long.BYTES).putLong(0, 1);
  private final long oneAddress = SystemCalls.address(one);
  private final Ring.Completions completions = this::completed;
  private final List<@Nullable UringSocket> slots = new ArrayList<>();
  private int[] freeSlots = new int[64];
  private int freeCount;
  private final ArrayDeque<UringSocket> dirty = new ArrayDeque<>();
  private final ArrayDeque<UringSocket> news = new ArrayDeque<>();
  private final ArrayDeque<UringPort> holders = new ArrayDeque<>();
  private final ArrayDeque<UringPort> lastSends = new ArrayDeque<>();
  private final ArrayDeque<UringPort> unconfirmed = new ArrayDeque<>();
  private boolean watchingWake;

  /**
   * Makes a ring. The thread that first waits must be the only one that ever does.
   *
   * @throws IOException when the kernel refuses, or the JVM hides descriptors
   */
  @SuppressWarnings("this-escape") // told of nothing before the first wait
  public UringPoller() throws IOException {
    if (DESCRIPTOR_OF == null) {
      throw new IOException(HIDDEN);
    }
    ring = new Ring(SUBMISSIONS, COMPLETIONS);
    try {
      receiveBuffers = new ReceiveBuffers(wakeCalls, ring, RECEIVE_BUFFERS);
      long result = wakeCalls.call(SystemCalls.EVENTFD2, 0, EVENTFD_CLOEXEC_NONBLOCK, 0, 0, 0, 0);
      eventDescriptor = (int) SystemCalls.check("eventfd", result);
    } catch (IOException | RuntimeException e) {
      ring.close();
      throw e;
    }
  }

  /**
   * Does once what a poller does first.
   *
   * @throws IOException with the reason, if it can't be done on this system or isn't permitted
   */
  static void tryOut() throws IOException {
    String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
    if (!SYSTEMS.contains(system)) {
      throw new IOException("there is none on " + system);
    }
    if (DESCRIPTOR_OF == null) {
      throw new IOException(HIDDEN);
    }
    if (!UringPoller.class.getModule().isNativeAccessEnabled()) {
      throw new IOException(
          "the JVM was started without --enable-native-access=ollama.gateway.http");
    }
    try (Ring ring = new Ring(2, 4);
        ReceiveBuffers _ = new ReceiveBuffers(new SystemCalls(), ring, 2)) {
      ring.enter(false, 0);
    }
  }

  @Override
  public void await(long millis) throws IOException {
    // As a rule there is none from a turn before; nothing but entering the ring tells of them.
    boolean unsure = !unconfirmed.isEmpty();
    submitDue();
    if (unsure || hasNews()) {
      enter(false, 0);
    } else if (lastSends.isEmpty()) {
      enter(true, millis);
    } else {
      enter(true, millis == 0 ? LINGER_LOOK_MILLIS : Math.min(millis, LINGER_LOOK_MILLIS));
    }
  }

  @Override
  public void look() throws IOException {
    submitDue();
    enter(false, 0);
  }

  @Override
  public void wakeUp() {
    // The kernel tells of each write anew, so nobody has to read it; errno isn't looked at.
    long _ = wakeCalls.call(SystemCalls.WRITE, eventDescriptor, oneAddress, 8, 0, 0, 0);
  }

  @Override
  public Port port(SocketChannel channel, Watcher watcher) {
    return new UringPort(this, channel, watcher);
  }

  @Override
  public Registration registration(ServerSocketChannel channel, Watcher watcher) {
    return new UringSocket(this, channel, watcher);
  }

  @Override
  public void close() throws IOException {
    drain();
    ring.close();
    receiveBuffers.close();
    long _ = wakeCalls.call(SystemCalls.CLOSE, eventDescriptor, 0, 0, 0, 0, 0);
  }

  /** Lets what was written last go, and sockets be closed. */
  private void drain() throws IOException {
    long deadline = System.nanoTime() + DRAIN_NANOS;
    while (freeCount < slots.size() && System.nanoTime() - deadline < 0) {
      submitDue();
      enter(freeCount < slots.size(), 10);
    }
  }

  /** Whether somebody is to be told of something; most have read it since they were told of it. */
  private boolean hasNews() {
    while (!news.isEmpty() && news.getFirst().forgetOldNews()) {
      news.remove();
    }
    return !news.isEmpty();
  }

  private void submitDue() throws IOException {
    if (!watchingWake) {
      ring.poll(eventDescriptor, Ring.POLL_IN, true, WAKE);
      watchingWake = true;
    }
    lookAfterHolders();
    endLastSends();
    for (int left = dirty.size(); left > 0; left--) {
      submit(dirty.remove());
    }
  }

  /** What fails by a mistake isn't tried again: it would keep all others from their turn. */
  private void submit(UringSocket socket) throws IOException {
    try {
      socket.submit();
    } catch (IOException e) {
      dirty.addFirst(socket);
      throw e;
    }
  }

  private void enter(boolean untilOne, long millis) throws IOException {
    try {
      ring.enter(untilOne, millis);
    } finally {
      // Even where it failed: what is completed is what makes room.
      ring.complete(completions);
    }
    if (ring.toldAll()) {
      for (int left = unconfirmed.size(); left > 0; left--) {
        unconfirmed.remove().confirmSent();
      }
    }
    for (int left = news.size(); left > 0; left--) {
      news.remove().tell();
    }
  }

  private void completed(long userData, int result, int flags) {
    if (userData == WAKE) {
      watchingWake &= (flags & Ring.CQE_MORE) != 0;
      return;
    }
    UringSocket socket = slots.get(UringSocket.slotOf(userData));
    if (socket == null) {
      throw new IllegalStateException("completed for a socket that is gone");
    }
    socket.completed(userData, result, flags);
  }

  /** As a rule nobody holds a buffer from one turn to the next. */
  private void lookAfterHolders() {
    boolean scarce = receiveBuffers.scarce();
    for (int left = holders.size(); left > 0; left--) {
      UringPort port = holders.remove();
      if (scarce) {
        port.freeBuffers();
      }
      if (port.staysHolder()) {
        holders.add(port);
      }
    }
  }

  private void endLastSends() {
    if (lastSends.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    lastSends.removeIf(port -> !port.lingers());
    for (UringPort port : lastSends) {
      port.endLastSend(now);
    }
  }

  Ring ring() {
    return ring;
  }

  SendBuffers sendBuffers() {
    return sendBuffers;
  }

  ReceiveBuffers receiveBuffers() {
    return receiveBuffers;
  }

  void addDirty(UringSocket socket) {
    dirty.add(socket);
  }

  void addNews(UringSocket socket) {
    news.add(socket);
  }

  void addHolder(UringPort port) {
    holders.add(port);
  }

  /** Has it told that all was sent, unless it is told of a failure before. */
  void confirm(UringPort port) {
    unconfirmed.add(port);
  }

  void awaitLastSend(UringPort port) {
    lastSends.add(port);
  }

  int slotFor(UringSocket socket) {
    if (freeCount > 0) {
      int slot = freeSlots[--freeCount];
      slots.set(slot, socket);
      return slot;
    }
    slots.add(socket);
    return slots.size() - 1;
  }

  void freeSlot(int slot) {
    slots.set(slot, null);
    if (freeCount == freeSlots.length) {
      freeSlots = Arrays.copyOf(freeSlots, freeCount * 2);
    }
    freeSlots[freeCount++] = slot;
  }

  int descriptor(Object channel) throws IOException {
    Method method = DESCRIPTOR_OF;
    try {
      return method == null ? -1 : (int) method.invoke(channel);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IOException("the JVM hides the descriptor of a channel", e);
    }
  }

  private static @Nullable Method descriptorOf() {
    try {
      Method method = Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal");
      method.setAccessible(true);
      return method;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }
}
