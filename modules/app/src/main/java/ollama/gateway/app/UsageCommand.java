package ollama.gateway.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import ollama.gateway.config.ApiKeyList;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.proxy.UsageReport;
import ollama.gateway.usage.Ledger;
import ollama.gateway.usage.TokenCounts;
import ollama.gateway.usage.UsageRow;

/** {@code usage}: who used how many tokens, as the gateway has written it down. */
final class UsageCommand {

  private static final List<String> HEADINGS =
      List.of("DAY", "KEY", "MODEL", "REQUESTS", "PROMPT", "CACHED", "COMPLETION", "ESTIMATED");

  private UsageCommand() {}

  /**
   * Prints it.
   *
   * @param environment what {@code ${NAME}} in the file stands for
   * @param clock what day it is
   * @return the exit status
   */
  static int run(
      Command.Usage asked,
      Map<String, String> environment,
      InstantSource clock,
      PrintStream out,
      PrintStream err) {
    try {
      LocalDate since = asked.since().isEmpty() ? LocalDate.MIN : day(asked.since().get(), clock);
      ConfigLoader loader = new ConfigLoader(environment);
      GatewayConfig config = loader.load(asked.config()).config();
      Path folder = StateDirectory.of(asked.config(), config, environment);
      List<UsageRow> rows = Ledger.read(folder);
      if (asked.key().isPresent()) {
        ApiKeyList keys = loader.loadKeys(asked.config());
        String digest = KeyLookup.digest(keys, digests(rows), asked.key().get());
        rows = rows.stream().filter(row -> row.keyId().equals(digest)).toList();
      }
      rows = rows.stream().filter(row -> !row.day().isBefore(since)).toList();
      UsageReport report = new UsageReport(rows, config.apiKeys());
      switch (asked.form()) {
        case CSV -> out.print(report.csv());
        case JSON -> out.println(report.json());
        case TABLE -> table(report, rows, out);
      }
      if (config.shared().isOn()) {
        err.println(
            "this is of one gateway, the one that keeps it in "
                + folder
                + "; of all that share, any of them tells it: GET /gateway/usage");
      }
      return ExitStatus.DONE;
    } catch (ConfigException | IllegalArgumentException e) {
      err.println(e.getMessage());
      return ExitStatus.WRONG_INPUT;
    } catch (KeyRefusedException e) {
      err.println(asked.config() + ": " + e.getMessage());
      return ExitStatus.WRONG_INPUT;
    } catch (NoSuchFileException e) {
      err.println(
          "there is no folder "
              + e.getFile()
              + ", where the gateway would keep it: it has never run with these settings");
      return ExitStatus.FAILED;
    } catch (IOException e) {
      err.println("what keys used can't be read: " + e.getMessage());
      return ExitStatus.FAILED;
    }
  }

  /** A day, or how long ago that was. */
  private static LocalDate day(String text, InstantSource clock) {
    Optional<Duration> ago = Quantities.duration(text);
    if (ago.isPresent()) {
      return LocalDate.ofInstant(clock.instant().minus(ago.get()), ZoneOffset.UTC);
    }
    try {
      return LocalDate.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "--since needs a day such as 2027-01-31, or how long ago such as 7d, but got " + text, e);
    }
  }

  /** Of the keys that used something, those that are in the settings no more too. */
  private static Set<String> digests(List<UsageRow> rows) {
    return rows.stream().map(UsageRow::keyId).collect(Collectors.toSet());
  }

  private static void table(UsageReport report, List<UsageRow> rows, PrintStream out) {
    List<List<String>> lines = new ArrayList<>(List.of(HEADINGS));
    long requests = 0;
    long estimated = 0;
    TokenCounts sum = TokenCounts.NONE;
    for (UsageRow row : rows) {
      String name = report.name(row).isEmpty() ? report.id(row) : report.name(row);
      lines.add(
          line(
              row.day().toString(),
              name,
              row.model(),
              row.requests(),
              row.estimatedRequests(),
              row.counts()));
      requests += row.requests();
      estimated += row.estimatedRequests();
      sum = sum.plus(row.counts());
    }
    lines.add(line("all", "", "", requests, estimated, sum));
    TextTable.print(lines, out);
  }

  private static List<String> line(
      String day, String key, String model, long requests, long estimated, TokenCounts counts) {
    return List.of(
        day,
        key,
        model,
        "" + requests,
        "" + counts.prompt(),
        "" + counts.cached(),
        "" + counts.completion(),
        "" + estimated);
  }
}
