package ollama.gateway.valkey;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.usage.LedgerChanges;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * The thread that speaks with the store. What it is given while it waits for answers goes out
 * together, in their order.
 */
final class Courier {

  /** Longer waits are of no use to anybody. */
  private static final int BACKLOG_MAX = 50_000;

  /** A gateway that says nothing for so long is dead, and holds nothing any more. */
  static final long LEASE_MILLIS = 5_000;

  private static final long BEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private static final long NANOS_PER_MICRO = 1000;

  private static final long LEAVING_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Connector connector;
  private final SharedConfig config;
  private final SharedListener listener;
  private final byte[] replica;
  private final byte[] ledger;
  private final Names names;
  private final Holdings holdings;
  private final HotList hotList;
  private final Owed owed;
  private final Late late;
  private final ServerNews servers;
  private final SlotLeases slots;
  private final Gossip gossip;
  private final UsagePublisher usage;
  private final Backlog backlog;
  private final Thread thread;
  private final Backoff backoff = new Backoff(System.nanoTime());
  private volatile boolean up;
  private volatile boolean closed;
  private volatile boolean ended;
  private boolean wasUp = true;
  private long nextBeatNanos = System.nanoTime();

  /** Null while there is none; of its thread alone. */
  private @Nullable Wire wire;

  Courier(
      Connector connector,
      String replica,
      String ledger,
      HotList hotList,
      SharedListener listener,
      Line line,
      LedgerChanges changes) {
    this.connector = connector;
    this.config = connector.config();
    this.listener = listener;
    this.replica = Names.bytes(replica);
    this.ledger = Names.bytes(ledger);
    this.names = new Names(config.prefix());
    this.holdings = new Holdings(names, replica);
    this.owed = new Owed(this, System::nanoTime);
    this.late = new Late(names, System::nanoTime);
    this.hotList = hotList;
    this.servers = new ServerNews(line);
    this.slots = new SlotLeases(this, line);
    line.observe(slots, servers);
    this.gossip = new Gossip(this, replica, listener, servers);
    this.usage = new UsagePublisher(this, changes);
    this.thread = Thread.ofPlatform().name("shared").daemon().unstarted(this::run);
    this.backlog = new Backlog(thread);
  }

  void start() {
    thread.start();
  }

  /** Whether it is worth waiting for what is given now. */
  boolean takes() {
    return up && !closed && backlog.size() < BACKLOG_MAX;
  }

  boolean isUp() {
    return up;
  }

  int backlog() {
    return backlog.size();
  }

  /** From any thread; never waits. */
  void give(StoreCall call) {
    if (ended) {
      // Nobody does anything in the store any more, nor has to know what became of it.
      return;
    }
    backlog.give(call);
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

  Gossip gossip() {
    return gossip;
  }

  /** A client can't come again before that time. */
  void hot(Demand.Rate rate, long micros) {
    hotList.add(rate, micros * NANOS_PER_MICRO);
    if (rate.isTold()) {
      gossip.shutOut(rate.who(), micros);
    }
  }

  /** Another gateway has found a client to come too often. */
  void heardHot(String who, long millis) {
    hotList.addTold(who, TimeUnit.MILLISECONDS.toNanos(millis));
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
    hotList.clear();
    usage.all();
  }

  private void run() {
    while (!closed) {
      try {
        turn();
      } catch (RuntimeException e) {
        // Whatever it is, the next turn may do better.
        disconnect(e);
      }
    }
    leave();
  }

  private void turn() {
    if (wire == null && System.nanoTime() - backoff.nextNanos() >= 0) {
      connect();
    }
    backlog.gather();
    long next = slots.retry(System.nanoTime(), wire == null ? backoff.nextNanos() : nextBeatNanos);
    List<StoreCall> batch = backlog.take();
    if (wire != null) {
      boolean isDue = System.nanoTime() - nextBeatNanos >= 0;
      if (isDue) {
        nextBeatNanos = System.nanoTime() + BEAT_NANOS;
        batch.addAll(usage.due());
      }
      batch.addAll(0, gossip.ahead(batch, isDue, slots.loads()));
    }
    if (batch.isEmpty()) {
      backlog.await(next);
    } else {
      perform(batch);
    }
  }

  private void connect() {
    try {
      wire = connector.connect();
    } catch (RuntimeException | StackOverflowError e) {
      backoff.failed(System.nanoTime());
      tellDown(e);
      return;
    }
    backoff.connected(System.nanoTime());
    resynchronize();
    nextBeatNanos = System.nanoTime() + BEAT_NANOS;
    perform(gossip.first());
  }

  /** What the store has wrong is put right first: nothing of it is on its way. */
  private List<StoreCall> withCorrections(List<StoreCall> batch) {
    List<StoreCall> all = new ArrayList<>(batch.size() + 4);
    if (holdings.areWrong()) {
      all.add(holdings.new Correction());
    }
    if (slots.areWrong()) {
      all.add(slots.new Correction());
    }
    if (!owed.isEmpty()) {
      all.add(owed.new Payment());
    }
    if (!late.isEmpty()) {
      all.add(late.new Telling());
    }
    all.addAll(batch);
    return all;
  }

  /** Has each of them answered, or failed. */
  private void perform(List<StoreCall> batch) {
    Wire with = wire;
    if (with == null) {
      batch.forEach(StoreCall::failed);
      return;
    }
    ArrayDeque<StoreCall> left = new ArrayDeque<>(withCorrections(batch));
    List<StoreCall> again = new ArrayList<>();
    try {
      exchange(with, left);
      answerAll(left, again);
      if (!again.isEmpty()) {
        // The store was told to forget the scripts.
        with.loadScripts();
        left.addAll(again);
        again.clear();
        exchange(with, left);
        answerAll(left, again);
      }
      tellUp();
    } catch (RuntimeException | StackOverflowError e) {
      // The latter by an answer that is nested without an end.
      disconnect(e);
    }
    again.forEach(StoreCall::failed);
    left.forEach(StoreCall::failed);
  }

  private void exchange(Wire with, Collection<StoreCall> calls) {
    long began = System.nanoTime();
    calls.forEach(call -> call.send(with));
    with.exchange();
    backlog.exchanged(began, calls.size());
    listener.answered(System.nanoTime() - began, calls.size());
  }

  /** Takes each from the list whose answer was taken. */
  private void answerAll(ArrayDeque<StoreCall> left, List<StoreCall> again) {
    while (!left.isEmpty()) {
      StoreCall call = left.getFirst();
      try {
        call.answered();
      } catch (JedisNoScriptException e) {
        again.add(call);
      } catch (JedisDataException e) {
        if (Reason.isOfStore(e)) {
          throw e;
        }
        // What stands under one name is of no use; others needn't suffer from it.
        listener.refused(String.valueOf(e.getMessage()));
        call.failed();
      }
      StoreCall _ = left.removeFirst();
    }
  }

  private void disconnect(Throwable why) {
    up = false;
    Wire with = wire;
    wire = null;
    close(with);
    backoff.broke(System.nanoTime());
    tellDown(why);
  }

  private void tellUp() {
    if (!up && !closed) {
      slots.up();
      up = true;
      wasUp = true;
      listener.up(true, "");
    }
  }

  private void tellDown(Throwable why) {
    if (wasUp && !closed) {
      wasUp = false;
      slots.down(gossip.replicas());
      servers.alone();
      listener.up(false, Reason.of(why));
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
    long until = System.nanoTime() + LEAVING_NANOS;
    for (List<StoreCall> rest = backlog.take(); !rest.isEmpty(); rest = backlog.take()) {
      if (System.nanoTime() - until < 0) {
        perform(rest);
      } else {
        rest.forEach(StoreCall::failed);
      }
    }
    boolean isMore = wire != null;
    while (isMore && System.nanoTime() - until < 0) {
      perform(usage.next());
      isMore = wire != null && usage.isMore();
    }
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
    ended = true;
    for (List<StoreCall> rest = backlog.take(); !rest.isEmpty(); rest = backlog.take()) {
      rest.forEach(StoreCall::failed);
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
