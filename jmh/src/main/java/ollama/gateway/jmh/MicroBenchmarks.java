package ollama.gateway.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the microbenchmarks with the allocation profiler, and makes a table and a picture of it. */
public final class MicroBenchmarks {

  private MicroBenchmarks() {}

  /**
   * Runs them.
   *
   * @param arguments the folder for the reports, then JMH's own
   */
  public static void main(String[] arguments)
      throws IOException, CommandLineOptionException, RunnerException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    CommandLineOptions asked =
        new CommandLineOptions(Arrays.copyOfRange(arguments, 1, arguments.length));
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .parent(asked)
                    .addProfiler(GCProfiler.class)
                    .shouldFailOnError(true)
                    .resultFormat(ResultFormatType.JSON)
                    .result(folder.resolve("jmh.json").toString())
                    .build())
            .run();
    String table = table(results);
    Files.writeString(folder.resolve("jmh.md"), table);
    Files.writeString(
        folder.resolve("jmh.svg"),
        BarChart.svg("ns per operation", bars(results), name -> !name.endsWith("direct"), 280));
    System.out.println();
    System.out.print(table);
  }

  private static String table(Collection<RunResult> results) {
    StringBuilder out = new StringBuilder("| | ns | ± | bytes allocated |\n|---|---|---|---|\n");
    for (RunResult result : results) {
      Result<?> time = result.getPrimaryResult();
      // Absent where nothing was allocated.
      Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %.0f | %.0f | %.1f |%n",
              name(result),
              time.getScore(),
              time.getScoreError(),
              bytes == null ? 0.0 : bytes.getScore()));
    }
    return out.toString();
  }

  private static Map<String, Double> bars(Collection<RunResult> results) {
    Map<String, Double> bars = new LinkedHashMap<>();
    results.forEach(result -> bars.put(name(result), result.getPrimaryResult().getScore()));
    return bars;
  }

  /** Such as {@code Key.hit, keys 10}. */
  private static String name(RunResult result) {
    var parameters = result.getParams();
    String[] parts = parameters.getBenchmark().split("\\.", -1);
    String type = parts[parts.length - 2].replace("Benchmark", "");
    String values =
        parameters.getParamsKeys().stream()
            .map(key -> ", " + key + " " + parameters.getParam(key))
            .collect(Collectors.joining());
    return type + "." + parts[parts.length - 1] + values;
  }
}
