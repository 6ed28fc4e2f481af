package ollama.gateway.balancer.sim;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints what several gateways make of each scenario. */
final class Gateways {

  static void print(List<String> names, PrintStream out) {
    out.println("### gateways\n");
    out.println("| scenario | policy | gateways | p50 | p90 | p99 | most above slots |");
    out.println("|---|---|---:|---:|---:|---:|---:|");
    for (Scenario scenario : Scenario.values()) {
      boolean all = names.size() <= 1 && scenario != Scenario.EQUAL_KEYS;
      for (Contender contender : Contender.values()) {
        boolean wanted = contender == Contender.SOONEST || names.contains(contender.name());
        if (wanted && (all || names.contains(scenario.name()))) {
          print(scenario, contender, out);
        }
      }
    }
    out.println();
  }

  private static void print(Scenario scenario, Contender contender, PrintStream out) {
    String label = scenario.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    for (int count : new int[] {1, 4, 16, 64}) {
      // Minutes, for nothing new.
      if (count < 64 || scenario != Scenario.SATURATED) {
        String number = String.valueOf(count);
        row(label, contender, number, scenario.medians(contender, Fleet.of(count)), out);
      }
    }
    Map<String, Double> silent = scenario.medians(contender, Fleet.silent(16));
    row(label, contender, "16, silent", silent, out);
  }

  private static void row(
      String scenario,
      Contender contender,
      String gateways,
      Map<String, Double> figures,
      PrintStream out) {
    StringBuilder line =
        new StringBuilder("| " + scenario + " | " + contender.label + " | " + gateways + " |");
    figures.forEach(
        (name, value) ->
            line.append(
                String.format(
                    Locale.ROOT, name.equals("above slots") ? " %.0f |" : " %.2f |", value)));
    out.println(line);
  }

  private Gateways() {}
}
