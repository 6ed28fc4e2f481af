package ollama.gateway.jmh.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import ollama.gateway.http.loop.EventLoops;

/** Measures the gateway beside its peers and writes the report. */
public final class SideBySide {

  private static final long MEASURE_MILLIS = 3_000;
  private static final long WARM_UP_MILLIS = 1_000;
  private static final long FIRST_MILLIS = 10_000;
  private static final long TOKENS = 1_000_000;
  private static final long REQUESTS = 200_000;

  private final Options options;
  private final List<Result> results = new ArrayList<>();
  private long total;

  private SideBySide(Options options) {
    this.options = options;
  }

  /**
   * Runs everything.
   *
   * @param arguments the gateway's launcher, the folder with the pumps' sources, the folder for the
   *     report, how often to repeat, and options: {@code --scenarios=} with what is to be measured,
   *     {@code --peers=} with who takes part, {@code --warm-up=} with seconds, {@code --before=}
   *     with another gateway's launcher, {@code --tls} to have the clients speak TLS
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("side-by-side: " + e.getMessage());
      System.exit(2);
      return;
    }
    Files.createDirectories(options.folder());
    new SideBySide(options).run();
    System.exit(0);
  }

  private void run() throws IOException, InterruptedException {
    EventLoops upstreamLoops = EventLoops.start(1);
    EventLoops clientLoops = EventLoops.start(1);
    try (FakeOllama upstream = new FakeOllama(upstreamLoops)) {
      Runner runner = new Runner(clientLoops.next());
      Optional<Alone> alone =
          options.alone() ? Optional.of(measureAlone(runner, upstream.port())) : Optional.empty();
      try (Peers peers = new Peers(options, upstream.port())) {
        warmUp(runner, peers);
        for (Scenario scenario : options.scenarios()) {
          total += (long) times(scenario) * peers.in(scenario).size();
        }
        for (Scenario scenario : options.scenarios()) {
          repeat(runner, peers.in(scenario), scenario);
          peers.endLogging();
        }
      }
      new Report(results, alone, options.tls()).write(options.folder());
    }
  }

  /** Runs on all peers, for the sake of the load and the server behind it, which are Java too. */
  private void warmUp(Runner runner, Peers peers) throws IOException, InterruptedException {
    List<Scenario> loads =
        options.scenarios().stream()
            .filter(scenario -> scenario.kind() != Scenario.Kind.IDLE)
            .map(Scenario::warmUp)
            .distinct()
            .toList();
    for (Scenario scenario : loads) {
      long share = options.warmUpMillis() / (scenario.kind() == Scenario.Kind.ASK ? 1 : 2);
      for (Peer peer : peers.in(scenario)) {
        System.out.printf("%-36s %-16s is warmed up%n", scenario.name(), peer.name());
        runner.run(peer, scenario, peer.warmsUp() ? share : share / 10, 1);
      }
    }
  }

  /** With gateways that were just started, one after the other. */
  private Alone measureAlone(Runner runner, int upstreamPort)
      throws IOException, InterruptedException {
    try (Peer first = gateway(upstreamPort)) {
      // The load and the server behind it are Java too, and slow at first.
      runner.run(first, Scenario.STREAMS_200, WARM_UP_MILLIS * 5, 1);
    }
    List<Alone.Start> starts = new ArrayList<>();
    for (int i = 0; i < Math.min(options.repeats(), 3); i++) {
      starts.add(measureStart(runner, upstreamPort));
    }
    double idle = resident(runner, upstreamPort, Scenario.IDLE_10000, 0);
    double streams = resident(runner, upstreamPort, Scenario.STREAMS_3000, FIRST_MILLIS);
    System.out.printf(
        "just started: %.1f MiB with 10,000 idle connections, %.1f MiB with 3,000 streams%n",
        idle, streams);
    try (Peer gateway = gateway(upstreamPort)) {
      // Tokens first: the JVM tells the sum in whole KiB only while it is below 100 MiB.
      double token =
          runner.allocatedBytes(gateway, Scenario.STREAMS_200, options.warmUpMillis(), TOKENS);
      double request =
          runner.allocatedBytes(gateway, Scenario.SMALL, options.warmUpMillis(), REQUESTS);
      System.out.printf("allocated: %.1f bytes a request, %.4f bytes a token%n", request, token);
      return new Alone(starts, idle, streams, token, request);
    }
  }

  private double resident(Runner runner, int upstreamPort, Scenario scenario, long millis)
      throws IOException, InterruptedException {
    try (Peer gateway = gateway(upstreamPort)) {
      return runner.run(gateway, scenario, millis, WARM_UP_MILLIS).residentMebibytes();
    }
  }

  private Alone.Start measureStart(Runner runner, int upstreamPort)
      throws IOException, InterruptedException {
    try (Peer gateway = gateway(upstreamPort)) {
      double started = gateway.residentMebibytes();
      Result first = runner.run(gateway, Scenario.STREAMS_200, 0, FIRST_MILLIS);
      Result later =
          runner.run(gateway, Scenario.STREAMS_200, options.warmUpMillis(), MEASURE_MILLIS * 2);
      System.out.printf(
          "just started: %.1f MiB; first 10 s: %.1f us a token, later %.1f us and %.1f MiB%n",
          started, first.cpuMicros(), later.cpuMicros(), later.residentMebibytes());
      return new Alone.Start(
          started, first.cpuMicros(), later.cpuMicros(), later.residentMebibytes());
    }
  }

  private int times(Scenario scenario) {
    return scenario.kind() == Scenario.Kind.IDLE ? 1 : options.repeats();
  }

  private void repeat(Runner runner, List<Peer> peers, Scenario scenario)
      throws IOException, InterruptedException {
    long measure = scenario.kind() == Scenario.Kind.IDLE ? 1_000 : MEASURE_MILLIS;
    for (int i = 0; i < times(scenario); i++) {
      for (Peer peer : peers) {
        Result result = runner.run(peer, scenario, WARM_UP_MILLIS, measure);
        results.add(result);
        System.out.printf(
            "%3d/%d  %-36s %-16s %9.0f/s %7.2f us CPU %5.2f waits  p50 %6.0f  p99 %6.0f us  %6.1f"
                + " MiB  errors %d%n",
            results.size(),
            total,
            scenario.name(),
            peer.name(),
            result.perSecond(),
            result.cpuMicros(),
            result.waits(),
            result.p50Micros(),
            result.p99Micros(),
            result.residentMebibytes(),
            result.errors());
      }
    }
  }

  private Peer gateway(int upstreamPort) throws IOException {
    Setup setup = new Setup(options.folder(), upstreamPort, Optional.empty());
    return GatewayPeer.start(Peer.GATEWAY, options.launcher(), setup);
  }
}
