package ollama.gateway.jmh.sidebyside;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The figures that the gateway is meant to reach, and whether it did in this run. */
final class Verdict {

  /**
   * One of them.
   *
   * @param quantity what was measured
   * @param value the median
   * @param bound what it is to be, with ≤ or ≥
   * @param reached whether the value is within the bound
   */
  record Line(String quantity, double value, String bound, boolean reached) {
    String row() {
      return String.format(
          Locale.ROOT, "| %s | %.2f | %s | %s |", quantity, value, bound, reached ? "yes" : "NO");
    }

    String json() {
      return String.format(
          Locale.ROOT,
          "    {\"quantity\":\"%s\",\"value\":%s,\"bound\":\"%s\",\"reached\":%b}",
          quantity,
          Double.isNaN(value) ? "null" : String.format(Locale.ROOT, "%.3f", value),
          bound,
          reached);
    }
  }

  private static final String OF_BETTER = " / the better of nginx and HAProxy";

  private final List<Result> results;
  private final List<Line> lines = new ArrayList<>();

  Verdict(List<Result> results, Optional<Alone> alone, boolean withTls) {
    this.results = results;
    ofBetter(
        "CPU per token, 200 streams", Peer.GATEWAY, Scenario.STREAMS_200, withTls ? 1.2 : 0.75);
    ofBetter("CPU per small request", Peer.GATEWAY, Scenario.SMALL, withTls ? 1.2 : 0.88);
    ofBetter("CPU per token, 3,000 streams", Peer.GATEWAY, Scenario.STREAMS_3000, 0.9);
    ofBetter("CPU per token, 5,000 streams", Peer.GATEWAY, Scenario.STREAMS_5000, 0.9);
    latency("added latency of a token, p50", Result::p50Micros);
    latency("added latency of a token, p99", Result::p99Micros);
    ofNginx("CPU per request, one connection", Scenario.ONE, Result::cpuMicros, 1.1);
    ofNginx("time of a request, one connection, p50", Scenario.ONE, Result::p50Micros, 1.1);
    ofNginx("CPU per GiB of a large answer", Scenario.LARGE, Result::cpuMicros, 0.8);
    ofNginx("CPU per GiB of an upload", Scenario.UPLOAD, Result::cpuMicros, 0.8);
    ofBetter("NIO: CPU per token, 200 streams", Peer.GATEWAY_NIO, Scenario.STREAMS_200, 1.05);
    ofBetter("NIO: CPU per small request", Peer.GATEWAY_NIO, Scenario.SMALL, 1.05);
    alone.ifPresent(this::alone);
    double plain = median(Peer.GATEWAY, Scenario.SMALL, Result::perSecond).orElse(Double.NaN);
    median(Peer.GATEWAY_LOGGING, Scenario.SMALL, Result::perSecond)
        .ifPresent(
            logging -> add("requests per second with a log / without", logging / plain, 0.9));
    seen("CPU per token with all that tells what goes on / without", Scenario.STREAMS_200);
    seen("CPU per small request with all that tells what goes on / without", Scenario.SMALL);
    shared("CPU per token with shared limits / without", Scenario.STREAMS_200, 1.03);
    shared("CPU per small request with shared limits / without", Scenario.SMALL, 1.5);
    // With TLS, where a rate on one processor is the time of it the other way round.
    ofBetter("CPU per new handshake", Peer.GATEWAY, Scenario.HANDSHAKES, 5);
    ofBetter("CPU per resumed handshake", Peer.GATEWAY, Scenario.RESUMED, 5);
    if (withTls) {
      median(Peer.GATEWAY, Scenario.IDLE_10000, Result::residentMebibytes)
          .ifPresent(idle -> atMost("MiB with 10,000 idle connections", idle, 600));
    }
    before("CPU per token, 200 streams / before", Scenario.STREAMS_200);
    before("CPU per small request / before", Scenario.SMALL);
    before("CPU per token, 5,000 streams / before", Scenario.STREAMS_5000);
  }

  private void seen(String what, Scenario scenario) {
    double plain = median(Peer.GATEWAY, scenario, Result::cpuMicros).orElse(Double.NaN);
    median(Peer.GATEWAY_SEEN, scenario, Result::cpuMicros)
        .ifPresent(cpu -> atMost(what, cpu / plain, 1.03));
  }

  private void shared(String what, Scenario scenario, double bound) {
    double plain = median(Peer.GATEWAY, scenario, Result::cpuMicros).orElse(Double.NaN);
    median(Peer.GATEWAY_SHARED, scenario, Result::cpuMicros)
        .ifPresent(cpu -> atMost(what, cpu / plain, bound));
  }

  private void alone(Alone alone) {
    atMost("CPU per token in the first 10 s / later", alone.firstRatio(), 1.5);
    atMost("bytes allocated per token", alone.tokenBytes(), 0.1);
    atMost("bytes allocated per small request", alone.requestBytes(), 1024);
    atMost("MiB just started", alone.startedMebibytes(), 62);
    atMost("MiB with 200 streams", alone.streamsMebibytes(), 90);
    atMost("MiB with 3,000 streams", alone.manyStreamsMebibytes(), 150);
    atMost("MiB with 10,000 idle connections", alone.idleMebibytes(), 160);
  }

  List<Line> lines() {
    return List.copyOf(lines);
  }

  /** Beside another image, if one was measured. */
  private void before(String quantity, Scenario scenario) {
    OptionalDouble ours = median(Peer.GATEWAY, scenario, Result::cpuMicros);
    OptionalDouble theirs = median(Peer.GATEWAY_BEFORE, scenario, Result::cpuMicros);
    if (ours.isPresent() && theirs.isPresent()) {
      atMost(quantity, ours.getAsDouble() / theirs.getAsDouble(), 1.03);
    }
  }

  private void ofBetter(String quantity, String gateway, Scenario scenario, double bound) {
    OptionalDouble ours = median(gateway, scenario, Result::cpuMicros);
    OptionalDouble better = better(scenario, Result::cpuMicros);
    if (ours.isPresent() && better.isPresent()) {
      atMost(quantity + OF_BETTER, ours.getAsDouble() / better.getAsDouble(), bound);
    }
  }

  private void ofNginx(
      String quantity, Scenario scenario, ToDoubleFunction<Result> of, double bound) {
    OptionalDouble ours = median(Peer.GATEWAY, scenario, of);
    OptionalDouble theirs = median(Peer.NGINX, scenario, of);
    if (ours.isPresent() && theirs.isPresent()) {
      atMost(quantity + " / nginx", ours.getAsDouble() / theirs.getAsDouble(), bound);
    }
  }

  /** What the proxies add to the way without one. */
  private void latency(String quantity, ToDoubleFunction<Result> percentile) {
    Scenario scenario = Scenario.STREAMS_200;
    double direct = median("direct", scenario, percentile).orElse(0);
    OptionalDouble better = better(scenario, percentile);
    OptionalDouble ours = median(Peer.GATEWAY, scenario, percentile);
    if (ours.isPresent() && better.isPresent()) {
      double added = better.getAsDouble() - direct;
      // On a busy machine a proxy may have been faster than none: then nothing was measured.
      atMost(
          quantity + OF_BETTER,
          added > 0 ? (ours.getAsDouble() - direct) / added : Double.NaN,
          1.2);
    }
  }

  /** The pumps are no peers: they do nothing but copy. */
  private OptionalDouble better(Scenario scenario, ToDoubleFunction<Result> quantity) {
    return Stream.of(Peer.NGINX, "haproxy")
        .map(peer -> median(peer, scenario, quantity))
        .flatMapToDouble(OptionalDouble::stream)
        .min();
  }

  private void atMost(String quantity, double value, double bound) {
    lines.add(new Line(quantity, value, "≤ " + bound, value <= bound));
  }

  private void add(String quantity, double value, double atLeast) {
    lines.add(new Line(quantity, value, "≥ " + atLeast, value >= atLeast));
  }

  private OptionalDouble median(String peer, Scenario scenario, ToDoubleFunction<Result> quantity) {
    double[] values =
        results.stream()
            .filter(result -> result.peer().equals(peer) && result.scenario().equals(scenario))
            .mapToDouble(quantity)
            .toArray();
    return values.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Spread.of(Arrays.stream(values)).median());
  }
}
