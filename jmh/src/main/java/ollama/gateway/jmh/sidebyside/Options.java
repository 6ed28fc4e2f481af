package ollama.gateway.jmh.sidebyside;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a run is to do.
 *
 * @param launcher the gateway's
 * @param pumps the folder with the sources of the pumps
 * @param folder for the report
 * @param repeats how often each measurement is made
 * @param warmUpMillis until the JIT has nothing more to do: the gateway is measured as it is after
 *     its first minute
 * @param before another gateway's launcher, to compare with
 * @param words what is measured
 * @param peers the names of those that take part; empty for all
 * @param tls whether clients speak TLS with them
 */
record Options(
    Path launcher,
    Path pumps,
    Path folder,
    int repeats,
    long warmUpMillis,
    Optional<Path> before,
    Set<String> words,
    Set<String> peers,
    boolean tls) {

  /** Gateways without a peer. */
  static final String ALONE = "alone";

  private static final String SCENARIOS = "--scenarios=";
  private static final String PEERS = "--peers=";
  private static final String WARM_UP = "--warm-up=";
  private static final String BEFORE = "--before=";
  private static final String TLS = "--tls";

  /**
   * Of the command line: the launcher, the pumps' folder, the report's, the number of repeats, and
   * options.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  static Options parse(String[] arguments) {
    Set<String> words = new HashSet<>(List.of(ALONE));
    Scenario.ALL.stream().filter(s -> !s.handshakes()).forEach(s -> words.add(s.word()));
    boolean tls = false;
    Set<String> peers = Set.of();
    long warmUpMillis = 60_000;
    Optional<Path> before = Optional.empty();
    for (String option : List.of(arguments).subList(4, arguments.length)) {
      String value = option.substring(option.indexOf('=') + 1);
      if (option.startsWith(SCENARIOS)) {
        words.clear();
        words.addAll(List.of(value.split(",")));
      } else if (option.startsWith(PEERS)) {
        peers = Set.of(value.split(","));
      } else if (option.startsWith(WARM_UP)) {
        warmUpMillis = Integer.parseInt(value) * 1000L;
      } else if (option.startsWith(BEFORE)) {
        before = Optional.of(Path.of(value).toAbsolutePath());
      } else if (option.equals(TLS)) {
        tls = true;
      } else {
        throw new IllegalArgumentException("there is no option " + option);
      }
    }
    for (String word : words) {
      if (!known().contains(word)) {
        throw new IllegalArgumentException(
            "there is no scenario " + word + ", only " + String.join(",", known()));
      }
    }
    if (!tls && Scenario.ALL.stream().anyMatch(s -> s.handshakes() && words.contains(s.word()))) {
      throw new IllegalArgumentException("handshakes are measured with " + TLS);
    }
    return new Options(
        Path.of(arguments[0]).toAbsolutePath(),
        Path.of(arguments[1]).toAbsolutePath(),
        Path.of(arguments[2]).toAbsolutePath(),
        Integer.parseInt(arguments[3]),
        warmUpMillis,
        before,
        Set.copyOf(words),
        peers,
        tls);
  }

  private static List<String> known() {
    List<String> known = new ArrayList<>(List.of(ALONE));
    Scenario.ALL.forEach(scenario -> known.add(scenario.word()));
    return known;
  }

  boolean takesPart(String peer) {
    return peers.isEmpty() || peers.contains(peer);
  }

  boolean alone() {
    return words.contains(ALONE);
  }

  /** In the order in which they are measured. */
  List<Scenario> scenarios() {
    return Scenario.ALL.stream().filter(scenario -> words.contains(scenario.word())).toList();
  }
}
