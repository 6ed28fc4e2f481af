package ollama.gateway.balancer.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import ollama.gateway.balancer.dispatch.FinalNumbers;
import org.jspecify.annotations.Nullable;

/**
 * An Ollama server: whatever needs its scheduler goes through one queue, first come first served;
 * loads are one after another; a model that has to go must be idle first; a loaded model has slots,
 * and a queue of its own.
 */
final class SimServer {

  /** How fast it is. */
  record Machine(
      int slots,
      int maxLoaded,
      double loadSeconds,
      double prefillPerSecond,
      double decodePerSecond,
      long cacheTokens) {}

  /** Who asked. */
  interface Client {
    void first();

    void ended(FinalNumbers numbers);

    /** The connection was closed. */
    void failed();
  }

  private static final class Job {
    final SimRequest request;
    final Client client;
    final double arrived;
    double loaded;

    Job(SimRequest request, Client client, double arrived) {
      this.request = request;
      this.client = client;
      this.arrived = arrived;
    }
  }

  private static final class Runner {
    final Deque<Job> queue = new ArrayDeque<>();
    final SimCache cache;
    int running;

    Runner(long cacheTokens) {
      cache = new SimCache(cacheTokens);
    }

    boolean idle() {
      return running == 0 && queue.isEmpty();
    }
  }

  final String name;
  final Machine machine;
  private final Timeline time;

  /** In the order of use. */
  private final Map<String, Runner> loaded = new LinkedHashMap<>(16, 0.75f, true);

  private final Deque<Job> pending = new ArrayDeque<>();
  private final List<Job> jobs = new ArrayList<>();
  private @Nullable String loading;
  private int epoch;
  boolean dead;
  boolean hangs;
  int loads;
  int aboveSlots;
  int served;
  double busySeconds;

  SimServer(String name, Machine machine, Timeline time) {
    this.name = name;
    this.machine = machine;
    this.time = time;
  }

  Set<String> loadedModels() {
    return new TreeSet<>(loaded.keySet());
  }

  /** Whether a connection can be made. */
  boolean accepts() {
    return !dead;
  }

  boolean answersProbes() {
    return !dead && !hangs;
  }

  void submit(SimRequest request, Client client) {
    Job job = new Job(request, client, now());
    jobs.add(job);
    long there = jobs.stream().filter(j -> j.request.model.equals(request.model)).count();
    aboveSlots = Math.max(aboveSlots, (int) there - machine.slots());
    pending.add(job);
    schedule();
  }

  /** Its process ends: connections are closed, nothing stays loaded. */
  void die() {
    dead = true;
    forgetAll();
    List<Job> lost = List.copyOf(jobs);
    jobs.clear();
    lost.forEach(job -> job.client.failed());
  }

  /** It stands still, and says nothing from now on. */
  void hang() {
    hangs = true;
    forgetAll();
  }

  void comeBack() {
    dead = false;
    hangs = false;
    forgetAll();
    jobs.clear();
  }

  /** Its clients have given up. */
  void dropAll() {
    List<Job> lost = List.copyOf(jobs);
    jobs.clear();
    lost.forEach(job -> job.client.failed());
  }

  private void forgetAll() {
    epoch++;
    loaded.clear();
    pending.clear();
    loading = null;
  }

  private double now() {
    return (double) time.now() / Timeline.SECOND;
  }

  private void after(double seconds, Runnable what) {
    int began = epoch;
    time.after(
        seconds,
        () -> {
          if (epoch == began) {
            what.run();
          }
        });
  }

  private void schedule() {
    while (!hangs && loading == null && !pending.isEmpty()) {
      Job job = pending.element();
      Runner runner = loaded.get(job.request.model);
      if (runner != null) {
        pending.remove();
        runner.queue.add(job);
        job.loaded = now();
        serve(runner);
      } else if (loaded.size() < machine.maxLoaded() || evictIdle()) {
        load(job.request.model);
      } else {
        return;
      }
    }
  }

  private boolean evictIdle() {
    for (Map.Entry<String, Runner> each : loaded.entrySet()) {
      if (each.getValue().idle()) {
        loaded.remove(each.getKey());
        return true;
      }
    }
    return false;
  }

  private void load(String model) {
    loading = model;
    loads++;
    after(
        machine.loadSeconds(),
        () -> {
          loading = null;
          loaded.put(model, new Runner(machine.cacheTokens()));
          schedule();
        });
  }

  private void serve(Runner runner) {
    while (runner.running < machine.slots() && !runner.queue.isEmpty()) {
      Job job = runner.queue.remove();
      SimRequest request = job.request;
      runner.running++;
      request.cachedTokens =
          Math.min(request.promptTokens, runner.cache.cachedTokens(request.chain));
      double prefill = (request.promptTokens - request.cachedTokens) / machine.prefillPerSecond();
      double decode = request.outputTokens / machine.decodePerSecond();
      after(prefill, job.client::first);
      after(prefill + decode, () -> end(runner, job, prefill, decode));
    }
  }

  private void end(Runner runner, Job job, double prefill, double decode) {
    runner.running--;
    runner.cache.add(job.request.after);
    served++;
    busySeconds += prefill + decode;
    jobs.remove(job);
    job.client.ended(
        new FinalNumbers(
            nanos(now() - job.arrived),
            nanos(job.loaded - job.arrived + 0.01),
            nanos(prefill),
            nanos(decode),
            job.request.promptTokens,
            job.request.outputTokens));
    serve(runner);
    schedule();
  }

  private static long nanos(double seconds) {
    return Math.round(seconds * Timeline.SECOND);
  }
}
