package ollama.gateway.jmh.sidebyside;

/**
 * One proxy under one load once.
 *
 * @param peer the proxy
 * @param scenario the load
 * @param errors connections that failed
 * @param perSecond requests or tokens per second
 * @param cpuMicros CPU time of the proxy for each
 * @param waits how often the proxy went to sleep for each: less than 1 where it takes several in a
 *     turn
 * @param p50Micros latency as the client sees it: of a request, or from sending a token to having
 *     it
 * @param p99Micros the same
 * @param p999Micros the same
 * @param residentMebibytes the proxy's memory at the end
 */
record Result(
    String peer,
    Scenario scenario,
    int errors,
    double perSecond,
    double cpuMicros,
    double waits,
    double p50Micros,
    double p99Micros,
    double p999Micros,
    double residentMebibytes) {}
