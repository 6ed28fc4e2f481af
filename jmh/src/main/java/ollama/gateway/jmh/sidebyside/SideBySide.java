package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import ollama.gateway.http.loop.EventLoops;

/** Measures the gateway beside its peers and writes the report. */
public final class SideBySide {

  private static final long MEASURE_MILLIS = 3_000;
  private static final long WARM_UP_MILLIS = 1_000;
  // Until the JIT has nothing more to do: the gateway is measured as it is after its first minute.
  private static final long FIRST_WARM_UP_MILLIS = 20_000;
  private static final long FIRST_MILLIS = 10_000;
  private static final long TOKENS = 1_000_000;
  private static final long REQUESTS = 200_000;

  private final Path launcher;
  private final Path folder;
  private final int repeats;
  private final Optional<Path> before;

  private SideBySide(Path launcher, Path folder, int repeats, Optional<Path> before) {
    this.launcher = launcher;
    this.folder = folder;
    this.repeats = repeats;
    this.before = before;
  }

  /**
   * Runs everything.
   *
   * @param arguments the gateway's launcher, the folder for the report, how often to repeat, and if
   *     wanted another gateway's launcher, to compare with
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Path.of(arguments[1]).toAbsolutePath();
    Files.createDirectories(folder);
    int repeats = Integer.parseInt(arguments[2]);
    Optional<Path> before =
        arguments.length > 3
            ? Optional.of(Path.of(arguments[3]).toAbsolutePath())
            : Optional.empty();
    new SideBySide(Path.of(arguments[0]).toAbsolutePath(), folder, repeats, before).run();
    System.exit(0);
  }

  private void run() throws IOException, InterruptedException {
    EventLoops upstreamLoops = EventLoops.start(1);
    EventLoops clientLoops = EventLoops.start(1);
    try (FakeOllama upstream = new FakeOllama(upstreamLoops)) {
      Runner runner = new Runner(clientLoops.next());
      Alone alone = measureAlone(runner, upstream.port());
      List<Result> results = new ArrayList<>();
      List<Peer> peers = new ArrayList<>();
      try {
        startPeers(upstream.port(), peers);
        for (Peer peer : peers) {
          runner.run(peer, Scenario.SMALL, FIRST_WARM_UP_MILLIS, 1);
          runner.run(peer, Scenario.STREAMS_200, FIRST_WARM_UP_MILLIS / 2, 1);
        }
        repeat(runner, peers, Scenario.SMALL, results);
        peers.removeIf(SideBySide::isLoggingGateway);
        // A line for each of millions of requests.
        Files.deleteIfExists(folder.resolve(Peer.GATEWAY_LOGGING + ".out"));
        repeat(runner, peers, Scenario.STREAMS_200, results);
        repeat(runner, peers, Scenario.STREAMS_5000, results);
        // Without a proxy, this process would need twice as many descriptors, and nothing is
        // measured.
        peers.removeIf(peer -> peer.name().equals("direct"));
        repeat(runner, peers, Scenario.IDLE_10000, results);
      } finally {
        peers.forEach(Peer::close);
      }
      new Report(results, alone).write(folder);
    }
  }

  private static boolean isLoggingGateway(Peer peer) {
    boolean logging = peer.name().equals(Peer.GATEWAY_LOGGING);
    if (logging) {
      peer.close();
    }
    return logging;
  }

  /** With gateways that were just started, one after the other. */
  private Alone measureAlone(Runner runner, int upstreamPort)
      throws IOException, InterruptedException {
    try (Peer first = gateway(Peer.GATEWAY, upstreamPort)) {
      // The load and the server behind it are Java too, and slow at first.
      runner.run(first, Scenario.STREAMS_200, WARM_UP_MILLIS * 5, 1);
    }
    List<Alone.Start> starts = new ArrayList<>();
    for (int i = 0; i < Math.min(repeats, 3); i++) {
      starts.add(measureStart(runner, upstreamPort));
    }
    double idle;
    try (Peer gateway = gateway(Peer.GATEWAY, upstreamPort)) {
      idle = runner.run(gateway, Scenario.IDLE_10000, 0, WARM_UP_MILLIS).residentMebibytes();
    }
    try (Peer gateway = gateway(Peer.GATEWAY, upstreamPort)) {
      // Tokens first: the JVM tells the sum in whole KiB only while it is below 100 MiB.
      double token =
          runner.allocatedBytes(gateway, Scenario.STREAMS_200, FIRST_WARM_UP_MILLIS, TOKENS);
      double request =
          runner.allocatedBytes(gateway, Scenario.SMALL, FIRST_WARM_UP_MILLIS, REQUESTS);
      System.out.printf("allocated: %.1f bytes a request, %.4f bytes a token%n", request, token);
      return new Alone(starts, idle, token, request);
    }
  }

  private Alone.Start measureStart(Runner runner, int upstreamPort)
      throws IOException, InterruptedException {
    try (Peer gateway = gateway(Peer.GATEWAY, upstreamPort)) {
      double started = gateway.residentMebibytes();
      Result first = runner.run(gateway, Scenario.STREAMS_200, 0, FIRST_MILLIS);
      Result later =
          runner.run(gateway, Scenario.STREAMS_200, FIRST_WARM_UP_MILLIS, MEASURE_MILLIS * 2);
      System.out.printf(
          "just started: %.1f MiB; first 10 s: %.1f us a token, later %.1f us and %.1f MiB%n",
          started, first.cpuMicros(), later.cpuMicros(), later.residentMebibytes());
      return new Alone.Start(
          started, first.cpuMicros(), later.cpuMicros(), later.residentMebibytes());
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

  private Peer gateway(String name, int upstreamPort) throws IOException {
    return Peer.gateway(name, launcher, folder, upstreamPort);
  }

  private void startPeers(int upstreamPort, List<Peer> peers) throws IOException {
    peers.add(Peer.direct(upstreamPort));
    peers.add(gateway(Peer.GATEWAY, upstreamPort));
    peers.add(gateway(Peer.GATEWAY_LOGGING, upstreamPort));
    if (before.isPresent()) {
      peers.add(Peer.gateway(Peer.GATEWAY_BEFORE, before.get(), folder, upstreamPort));
    }
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
