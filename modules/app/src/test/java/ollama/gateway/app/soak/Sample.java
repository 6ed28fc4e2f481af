package ollama.gateway.app.soak;

/** The gateway's numbers at one moment. */
record Sample(
    double residentMebibytes,
    double descriptors,
    double threads,
    double leases,
    double requests,
    double connections,
    double longestTaskMillis,
    double waitedForCpuMillis) {

  Sample(String page, long waitedForCpuNanos) {
    this(
        sum(page, "process_resident_memory_bytes ") / (1 << 20),
        sum(page, "process_open_fds "),
        sum(page, "process_threads "),
        sum(page, "gateway_upstream_requests_in_flight{"),
        sum(page, "gateway_requests_in_flight "),
        sum(page, "gateway_client_connections "),
        sum(page, "gateway_event_loop_longest_task_seconds ") * 1e3,
        waitedForCpuNanos / 1e6);
  }

  private static double sum(String page, String lineStart) {
    return page.lines()
        .filter(line -> line.startsWith(lineStart))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
