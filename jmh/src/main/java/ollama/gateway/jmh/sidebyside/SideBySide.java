package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import ollama.gateway.http.loop.EventLoops;

/** Measures the gateway beside its peers and writes the report. */
public final class SideBySide {

  private static final long MEASURE_MILLIS = 6_000;
  private static final long WARM_UP_MILLIS = 1_500;
  private static final long FIRST_WARM_UP_MILLIS = 12_000;

  private final Path launcher;
  private final Path folder;
  private final int repeats;

  private SideBySide(Path launcher, Path folder, int repeats) {
    this.launcher = launcher;
    this.folder = folder;
    this.repeats = repeats;
  }

  /**
   * Runs everything.
   *
   * @param arguments the gateway's launcher, the folder for the report, how often to repeat
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Path.of(arguments[1]).toAbsolutePath();
    Files.createDirectories(folder);
    int repeats = Integer.parseInt(arguments[2]);
    new SideBySide(Path.of(arguments[0]).toAbsolutePath(), folder, repeats).run();
    System.exit(0);
  }

  private void run() throws IOException, InterruptedException {
    EventLoops upstreamLoops = EventLoops.start(1);
    EventLoops clientLoops = EventLoops.start(1);
    try (FakeOllama upstream = new FakeOllama(upstreamLoops)) {
      Runner runner = new Runner(clientLoops.next());
      List<Result> results = new ArrayList<>();
      Map<String, Double> started = new LinkedHashMap<>();
      List<Peer> peers = new ArrayList<>();
      try {
        startPeers(upstream.port(), peers);
        for (Peer peer : peers) {
          TimeUnit.SECONDS.sleep(1);
          started.put(peer.name(), peer.residentMebibytes());
          runner.run(peer, Scenario.SMALL, FIRST_WARM_UP_MILLIS, 1);
          runner.run(peer, Scenario.STREAMS_200, FIRST_WARM_UP_MILLIS, 1);
        }
        for (Scenario scenario : List.of(Scenario.SMALL, Scenario.STREAMS_200)) {
          repeat(runner, peers, scenario, results);
        }
        repeat(runner, peers, Scenario.STREAMS_5000, results);
        repeat(runner, peers, Scenario.IDLE_10000, results);
      } finally {
        peers.forEach(Peer::close);
      }
      new Report(results, started).write(folder);
    }
  }

  private void repeat(Runner runner, List<Peer> peers, Scenario scenario, List<Result> results)
      throws IOException, InterruptedException {
    long measure = scenario.kind() == Scenario.Kind.IDLE ? 1_000 : MEASURE_MILLIS;
    int times = scenario.kind() == Scenario.Kind.IDLE ? 1 : repeats;
    for (int i = 0; i < times; i++) {
      for (Peer peer : peers) {
        Result result = runner.run(peer, scenario, WARM_UP_MILLIS, measure);
        results.add(result);
        System.out.printf(
            "%-32s %-16s %9.0f/s %7.2f us CPU  p50 %6.0f  p99 %6.0f us  %6.1f MiB  errors %d%n",
            scenario.name(),
            peer.name(),
            result.perSecond(),
            result.cpuMicros(),
            result.p50Micros(),
            result.p99Micros(),
            result.residentMebibytes(),
            result.errors());
      }
    }
  }

  private void startPeers(int upstreamPort, List<Peer> peers) throws IOException {
    peers.add(Peer.direct(upstreamPort));
    peers.add(Peer.gateway(launcher, folder, upstreamPort, false));
    peers.add(Peer.gateway(launcher, folder, upstreamPort, true));
    Optional<String> nginx = find("nginx");
    if (nginx.isPresent()) {
      peers.add(Peer.nginx(nginx.get(), folder, upstreamPort));
    } else {
      System.out.println("nginx isn't here and isn't measured: apt-get install nginx-light");
    }
    Optional<String> haproxy = find("haproxy");
    if (haproxy.isPresent()) {
      peers.add(Peer.haproxy(haproxy.get(), folder, upstreamPort));
    } else {
      System.out.println("HAProxy isn't here and isn't measured: apt-get install haproxy");
    }
  }

  private static Optional<String> find(String program) {
    for (String place : List.of("/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/")) {
      if (Files.isExecutable(Path.of(place + program))) {
        return Optional.of(place + program);
      }
    }
    return Optional.empty();
  }
}
