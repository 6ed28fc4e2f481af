package ollama.gateway.metrics;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** The page of some metrics, line by line. */
record Page(List<String> lines) {

  static Page of(GatewayMetrics metrics) {
    return new Page(
        new String(metrics.scrape(ScrapeFormat.TEXT), StandardCharsets.UTF_8).lines().toList());
  }

  /** All lines of one metric, those that describe it too. */
  String family(String name) {
    return String.join(
        "\n",
        lines.stream()
            .filter(
                line -> line.matches("(# (HELP|TYPE) )?" + name + "(_bucket|_sum|_count)?[ {].*"))
            .toList());
  }

  /** The lines of values that begin like this. */
  List<String> beginningWith(String prefix) {
    return lines.stream().filter(line -> line.startsWith(prefix)).toList();
  }
}
