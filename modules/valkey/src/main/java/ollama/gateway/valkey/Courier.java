package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.SharedListener;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * The thread that speaks with the store. What it is given while it waits for answers goes out
 * together, in their order.
 */
final class Courier {

  /** A batch takes the store a few milliseconds. */
  private static final int AT_ONCE_MAX = 512;

  /** Longer waits are of no use to anybody. */
  private static final int BACKLOG_MAX = 50_000;

  /** A gateway that says nothing for so long is dead, and holds nothing any more. */
  static final long LEASE_MILLIS = 5_000;

  private static final long BEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private static final long NANOS_PER_MICRO = 1000;

  private final SharedConfig config;
  private final SharedListener listener;
  private final byte[] replica;
  private final byte[] ledger;
  private final Names names;
  private final Holdings holdings;
  private final HotList hotList;
  private final Owed owed = new Owed();
  private final Late late = new Late(System::nanoTime);
  private final ServerNews servers;
  private final SlotLeases slots;
  private final Exchange exchange;
  private final ConcurrentLinkedQueue<Errand> given = new ConcurrentLinkedQueue<>();
  private final AtomicInteger backlog = new AtomicInteger();
  private final Thread thread;
  private final Backoff backoff = new Backoff(System.nanoTime());
  private volatile boolean up;
  private volatile boolean parked;
  private volatile boolean closed;
  private boolean wasUp = true;
  private long nextBeatNanos = System.nanoTime();

  /** Null while there is none. */
  private volatile @Nullable Wire wire;

  Courier(
      SharedConfig config,
      String replica,
      String ledger,
      HotList hotList,
      SharedListener listener,
      Line line) {
    this.config = config;
    this.listener = listener;
    this.replica = Names.bytes(replica);
    this.ledger = Names.bytes(ledger);
    this.names = new Names(config.prefix());
    this.holdings = new Holdings(names, replica);
    this.hotList = hotList;
    this.servers = new ServerNews(line);
    this.slots = new SlotLeases(this, line);
    line.observeGrants(slots);
    line.observePlaces(servers);
    this.exchange = new Exchange(this, replica, listener, servers);
    this.thread = Thread.ofPlatform().name("shared").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Whether it is worth waiting for what is given now. */
  boolean takes() {
    return up && backlog.get() < BACKLOG_MAX;
  }

  boolean isUp() {
    return up;
  }

  int backlog() {
    return backlog.get();
  }

  /** From any thread; never waits. */
  void give(Errand errand) {
    int _ = backlog.incrementAndGet();
    given.add(errand);
    if (parked) {
      LockSupport.unpark(thread);
    }
  }

  byte[] replica() {
    return replica;
  }

  /** What has counted the totals. */
  byte[] ledger() {
    return ledger;
  }

  Names names() {
    return names;
  }

  Holdings holdings() {
    return holdings;
  }

  Owed owed() {
    return owed;
  }

  /** This gateway alone has let a request in. */
  void decidedHere(Demand.Rate rate) {
    late.add(rate);
    listener.decidedHere();
  }

  Exchange exchange() {
    return exchange;
  }

  /** A client can't come again before that time. */
  void hot(Demand.Rate rate, long micros) {
    hotList.add(rate.who(), micros * NANOS_PER_MICRO);
    if (rate.isTold()) {
      exchange.shutOut(rate.who(), micros);
    }
  }

  /** Another gateway has found a client to come too often. */
  void heardHot(String who, long millis) {
    hotList.add(who, TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** There is more to hear. */
  void beatAgain() {
    nextBeatNanos = System.nanoTime();
  }

  /** Nothing is known of what the store knows. */
  void resynchronize() {
    holdings.allWrong();
    slots.allWrong();
    servers.tellAll();
  }

  private void run() {
    while (!closed) {
      long now = System.nanoTime();
      if (wire == null && now - backoff.nextNanos() >= 0) {
        connect();
      }
      List<Errand> batch = batch();
      if (wire != null && System.nanoTime() - nextBeatNanos >= 0) {
        nextBeatNanos = System.nanoTime() + BEAT_NANOS;
        exchange.add(batch);
      }
      if (batch.isEmpty()) {
        await(wire == null ? backoff.nextNanos() : nextBeatNanos);
      } else {
        perform(batch);
      }
    }
    leave();
  }

  private List<Errand> batch() {
    List<Errand> batch = new ArrayList<>();
    for (Errand next = given.poll(); next != null; next = given.poll()) {
      batch.add(next);
      if (batch.size() == AT_ONCE_MAX) {
        break;
      }
    }
    int _ = backlog.addAndGet(-batch.size());
    return batch;
  }

  private void await(long untilNanos) {
    parked = true;
    if (given.isEmpty() && !closed) {
      long pause = untilNanos - System.nanoTime();
      if (pause > 0) {
        LockSupport.parkNanos(this, pause);
      }
    }
    parked = false;
  }

  private void connect() {
    try {
      wire = Wire.connect(config);
      backoff.connected(System.nanoTime());
      resynchronize();
      nextBeatNanos = System.nanoTime();
      // Whoever asks from now on waits; the first beat says that it works.
      perform(exchange.first());
    } catch (RuntimeException e) {
      backoff.failed(System.nanoTime());
      tellDown(e);
    }
  }

  private void perform(List<Errand> batch) {
    Wire with = wire;
    int answered = 0;
    if (with != null) {
      try {
        long began = System.nanoTime();
        write(with, batch);
        with.exchange();
        listener.answered(System.nanoTime() - began, batch.size());
        for (; answered < batch.size(); answered++) {
          answer(with, batch.get(answered));
        }
        tellUp();
      } catch (RuntimeException e) {
        disconnect(e);
      }
    }
    for (Errand errand : batch.subList(answered, batch.size())) {
      errand.failed();
    }
  }

  private void write(Wire with, List<Errand> batch) {
    holdings.correct(with);
    slots.correct(with);
    owed.pay(with, this, AT_ONCE_MAX);
    late.tell(with, names);
    batch.forEach(errand -> errand.send(with));
  }

  /** The store forgets scripts when it is told to, or is another one now. */
  private static void answer(Wire with, Errand errand) {
    try {
      errand.answered();
    } catch (JedisNoScriptException e) {
      with.loadScripts();
      errand.send(with);
      with.exchange();
      errand.answered();
    }
  }

  private void disconnect(RuntimeException why) {
    up = false;
    close(wire);
    wire = null;
    backoff.broke(System.nanoTime());
    tellDown(why);
  }

  private void tellUp() {
    if (!up) {
      up = true;
      wasUp = true;
      slots.up();
      listener.up(true, "");
    }
  }

  private void tellDown(RuntimeException why) {
    if (wasUp) {
      wasUp = false;
      slots.down(exchange.replicas());
      servers.alone();
      String words = String.valueOf(why.getMessage());
      Throwable cause = why.getCause();
      listener.up(false, cause == null ? words : words + ": " + String.valueOf(cause.getMessage()));
    }
  }

  private static void close(@Nullable Wire wire) {
    if (wire != null) {
      try {
        wire.close();
      } catch (JedisException e) {
        // It is gone, one way or the other.
      }
    }
  }

  /** What this gateway holds is free for others at once. */
  private void leave() {
    up = false;
    List<Errand> left = batch();
    perform(left);
    Wire with = wire;
    if (with != null) {
      try {
        holdings.dropAll(with);
        slots.dropAll(with);
        with.leave(names.replicas(), replica);
        with.exchange();
      } catch (RuntimeException e) {
        // Then the lease ends by itself.
      }
      close(with);
    }
  }

  /** Ends, behind what was given before; waits for that a moment at most. */
  void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(TimeUnit.SECONDS.toMillis(1) + 3L * config.timeoutMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
