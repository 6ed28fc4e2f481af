package ollama.gateway.balancer.sim;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Prints what came of each scenario with each policy, medians of five seeds, as Markdown. */
public final class Simulate {

  /**
   * Runs the scenarios whose names are given, else all; those with several gateways if {@code
   * GATEWAYS} is given, too.
   *
   * @param args names, as in {@link Scenario}
   */
  public static void main(String[] args) {
    PrintStream out = System.out;
    for (Scenario scenario : Scenario.values()) {
      if (args.length == 0 || List.of(args).contains(scenario.name())) {
        print(scenario, out);
      }
    }
    if (args.length == 0 || List.of(args).contains("GATEWAYS")) {
      Gateways.print(List.of(args), out);
    }
  }

  private static void print(Scenario scenario, PrintStream out) {
    Map<String, Map<String, Double>> rows = new LinkedHashMap<>();
    for (Contender contender : Contender.values()) {
      rows.put(contender.label, scenario.medians(contender));
    }
    Set<String> figures = rows.values().iterator().next().keySet();
    out.println("### " + scenario.name().toLowerCase(Locale.ROOT).replace('_', ' ') + "\n");
    out.println("| policy | " + String.join(" | ", figures) + " |");
    out.println("|---" + "|---:".repeat(figures.size()) + "|");
    rows.forEach(
        (label, row) -> {
          StringBuilder line = new StringBuilder("| " + label + " |");
          row.values().forEach(v -> line.append(String.format(Locale.ROOT, " %.2f |", v)));
          out.println(line);
        });
    out.println();
  }

  private Simulate() {}
}
