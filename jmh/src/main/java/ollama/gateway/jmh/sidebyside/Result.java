package ollama.gateway.jmh.sidebyside;

/**
 * One proxy under one load once.
 *
 * @param peer the proxy
 * @param scenario the load
 * @param errors connections that failed
 * @param perSecond requests or tokens per second
 * @param cost what each took of the proxy
 * @param latency as the client sees it
 */
record Result(
    String peer, Scenario scenario, int errors, double perSecond, Cost cost, Latency latency) {

  /**
   * What a request or token takes.
   *
   * @param cpuMicros CPU time of the proxy for each
   * @param waits how often the proxy went to sleep for each: less than 1 where it takes several in
   *     a turn
   * @param residentMebibytes the proxy's memory at the end
   */
  record Cost(double cpuMicros, double waits, double residentMebibytes) {}

  /**
   * Of a request, or from sending a token to having it.
   *
   * @param p50Micros half are done in this time
   * @param p99Micros the same of 99 %
   * @param p999Micros the same of 99.9 %
   */
  record Latency(double p50Micros, double p99Micros, double p999Micros) {}

  double cpuMicros() {
    return cost.cpuMicros();
  }

  double waits() {
    return cost.waits();
  }

  double residentMebibytes() {
    return cost.residentMebibytes();
  }

  double p50Micros() {
    return latency.p50Micros();
  }

  double p99Micros() {
    return latency.p99Micros();
  }

  double p999Micros() {
    return latency.p999Micros();
  }
}
