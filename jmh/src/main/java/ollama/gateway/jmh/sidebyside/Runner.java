package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.loop.EventLoop;

/** Puts one proxy under one load and measures. */
final class Runner {

  private static final long READY_SECONDS_MAX = 60;
  private static final long COUNT_SECONDS_MAX = 300;
  private static final int CONNECT_BATCH = 500;

  private final EventLoop clients;

  Runner(EventLoop clients) {
    this.clients = clients;
  }

  /** Measures for so long, after a while that doesn't count. */
  Result run(Peer peer, Scenario scenario, long warmUpMillis, long measureMillis)
      throws IOException, InterruptedException {
    try (Load load = start(peer, scenario)) {
      TimeUnit.MILLISECONDS.sleep(warmUpMillis);
      return measure(peer, scenario, load, measureMillis);
    }
  }

  /**
   * What a gateway's loops allocate for each, in bytes, once the load has been going on.
   *
   * @throws IOException when the load met errors, or so many don't come in {@value
   *     #COUNT_SECONDS_MAX} s
   */
  double allocatedBytes(Peer gateway, Scenario scenario, long warmUpMillis, long count)
      throws IOException, InterruptedException {
    try (Load load = start(gateway, scenario)) {
      TimeUnit.MILLISECONDS.sleep(warmUpMillis);
      load.measure();
      TimeUnit.MILLISECONDS.sleep(100);
      long countBefore = load.requests();
      long bytesBefore = gateway.allocatedBytes();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(COUNT_SECONDS_MAX);
      while (load.requests() - countBefore < count) {
        if (System.nanoTime() > deadline || load.errors() > 0) {
          throw new IOException(
              (load.requests() - countBefore)
                  + " of "
                  + count
                  + " came, with "
                  + load.errors()
                  + " errors");
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
      long bytes = gateway.allocatedBytes() - bytesBefore;
      return (double) bytes / (load.requests() - countBefore);
    }
  }

  private static Result measure(Peer peer, Scenario scenario, Load load, long millis)
      throws IOException, InterruptedException {
    load.measure();
    long cpu = peer.cpuMicros();
    long waits = peer.waits();
    long began = System.nanoTime();
    TimeUnit.MILLISECONDS.sleep(millis);
    long count = load.requests();
    double seconds = (System.nanoTime() - began) / 1e9;
    cpu = peer.cpuMicros() - cpu;
    waits = peer.waits() - waits;
    load.endMeasure();
    Samples latencies = load.latencies();
    return new Result(
        peer.name(),
        scenario,
        load.errors() + scenario.clients() - Math.min(scenario.clients(), load.ready()),
        count / seconds,
        new Result.Cost(
            count == 0 ? 0 : (double) cpu / count,
            count == 0 ? 0 : (double) waits / count,
            peer.residentMebibytes()),
        new Result.Latency(
            latencies.percentile(0.5), latencies.percentile(0.99), latencies.percentile(0.999)));
  }

  /** In batches, so that no backlog overflows. */
  private Load start(Peer peer, Scenario scenario) throws InterruptedException {
    Load load = new Load(clients, peer.port(), scenario.path(), peer.certificate());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS_MAX);
    for (int started = 0; started < scenario.clients(); started += CONNECT_BATCH) {
      int batch = Math.min(CONNECT_BATCH, scenario.clients() - started);
      scenario.startOn(load, batch);
      while (load.ready() + load.errors() < started + batch && System.nanoTime() < deadline) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
    }
    return load;
  }
}
