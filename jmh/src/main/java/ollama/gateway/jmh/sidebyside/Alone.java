package ollama.gateway.jmh.sidebyside;

import java.util.List;

/**
 * What is measured of gateways that were started for it, without a peer.
 *
 * @param starts one entry for each gateway that got 200 streams right after its start
 * @param idleMebibytes resident memory of another with 10,000 idle connections
 * @param manyStreamsMebibytes resident memory of a third one with 3,000 streams
 * @param tokenBytes what its loops allocate for one token
 * @param requestBytes what they allocate for one small request
 */
record Alone(
    List<Start> starts,
    double idleMebibytes,
    double manyStreamsMebibytes,
    double tokenBytes,
    double requestBytes) {

  /**
   * A gateway's first minute.
   *
   * @param startedMebibytes resident memory before any request
   * @param firstMicros CPU time per token in the first 10 s
   * @param steadyMicros CPU time per token later
   * @param streamsMebibytes resident memory then
   */
  record Start(
      double startedMebibytes, double firstMicros, double steadyMicros, double streamsMebibytes) {}

  double startedMebibytes() {
    return Spread.of(starts.stream().mapToDouble(Start::startedMebibytes)).median();
  }

  double streamsMebibytes() {
    return Spread.of(starts.stream().mapToDouble(Start::streamsMebibytes)).median();
  }

  /** How much more a token costs in the first 10 s. */
  double firstRatio() {
    return Spread.of(starts.stream().mapToDouble(s -> s.firstMicros / s.steadyMicros)).median();
  }
}
