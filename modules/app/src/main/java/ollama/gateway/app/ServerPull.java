package ollama.gateway.app;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import ollama.gateway.ollama.Spoken;

/** How far one server has got with a pull. */
final class ServerPull {

  private static final int LAYERS_MAX = 1_000;
  private static final double BYTES_MAX = 1e18;
  private static final int TEXT_MAX = 300;
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final String name;
  private final Map<String, Layer> layers = new HashMap<>();
  private final Deque<Sample> samples = new ArrayDeque<>();
  private String status = "waiting";
  private boolean done;
  private boolean failed;

  ServerPull(String name) {
    this.name = Clean.cut(Clean.line(name), TEXT_MAX);
  }

  /**
   * A layer.
   *
   * @param had how much of it was there before
   */
  private record Layer(long total, long completed, long had) {}

  /** How much had come by when. */
  private record Sample(long nanos, long bytes) {}

  /** It has said that, at that time. */
  void take(JsonTree line, long nanos) {
    if (done || failed) {
      return;
    }
    status = Clean.cut(Clean.line(line.get("status").text()), TEXT_MAX);
    String digest = line.get("digest").text();
    Layer before = layers.get(digest);
    if (digest.isEmpty() || (before == null && layers.size() >= LAYERS_MAX)) {
      return;
    }
    long total = bytes(line.get("total").number());
    long completed = Math.min(total, bytes(line.get("completed").number()));
    layers.put(digest, new Layer(total, completed, before == null ? completed : before.had()));
    if (samples.isEmpty() || nanos - samples.getLast().nanos() >= SAMPLE_NANOS) {
      samples.add(new Sample(nanos, come()));
      forgetOld(nanos);
    }
  }

  private void forgetOld(long nanos) {
    while (samples.size() > 1 && nanos - samples.getFirst().nanos() > WINDOW_NANOS) {
      samples.removeFirst();
    }
  }

  private static long bytes(double number) {
    return (long) Math.clamp(number, 0, BYTES_MAX);
  }

  void succeed() {
    if (!failed) {
      status = Spoken.SUCCESS;
      done = true;
    }
  }

  void fail(String why) {
    status = "failed: " + Clean.cut(Clean.line(why), TEXT_MAX);
    failed = true;
  }

  /** Empty where there is one only, whose name nobody says. */
  String name() {
    return name;
  }

  /** What it is about, in words. */
  String status() {
    return status;
  }

  boolean isDone() {
    return done;
  }

  boolean isFailed() {
    return failed;
  }

  /** Bytes of all layers that are known by now; 0 while there are none. */
  long total() {
    return sum(false);
  }

  /** How many of these are there. */
  long completed() {
    return sum(true);
  }

  /** 0 to 100, which is only said when nothing is missing. */
  int percent() {
    long total = total();
    return total == 0 ? 0 : (int) Math.floor(100.0 * completed() / total);
  }

  /** Bytes a second in the last seconds; 0 where nothing comes. */
  double rate(long nanos) {
    forgetOld(nanos);
    if (samples.isEmpty() || nanos - samples.getFirst().nanos() < SAMPLE_NANOS) {
      return 0;
    }
    Sample first = samples.getFirst();
    return Math.max(0, come() - first.bytes()) * 1e9 / (nanos - first.nanos());
  }

  /** Seconds until all is there, at that rate; negative where nobody knows. */
  double secondsLeft(long nanos) {
    double rate = rate(nanos);
    return rate > 0 ? (total() - completed()) / rate : -1;
  }

  private long come() {
    double come = layers.values().stream().mapToDouble(l -> l.completed() - l.had()).sum();
    return (long) Math.max(0, come);
  }

  private long sum(boolean ofCompleted) {
    double sum =
        layers.values().stream().mapToDouble(l -> ofCompleted ? l.completed() : l.total()).sum();
    return (long) Math.min(BYTES_MAX, sum);
  }
}
