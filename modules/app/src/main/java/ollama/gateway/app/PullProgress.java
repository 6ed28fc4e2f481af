package ollama.gateway.app;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import ollama.gateway.ollama.Spoken;

/** How far servers have got with a pull, by the lines that a gateway passes on. */
final class PullProgress {

  private static final int SERVERS_MAX = 1_000;
  private static final String DONE_END = ": " + Spoken.SUCCESS;
  private static final String FAILED_BEGIN = "failed: ";

  private final Map<String, ServerPull> servers;
  private Optional<String> error = Optional.empty();
  private boolean done;

  /** One that nothing is known of yet but that these servers do it. */
  PullProgress(List<String> names) {
    servers =
        names.stream()
            .distinct()
            .collect(
                Collectors.toMap(
                    Function.identity(), ServerPull::new, (a, _) -> a, LinkedHashMap::new));
  }

  /** Takes the next line, which came at that time. */
  void take(JsonTree line, long nanos) {
    String said = line.get("error").text();
    String status = line.get("status").text();
    String name = line.get("server").text();
    if (!said.isEmpty()) {
      error = Optional.of(Clean.line(said));
      if (servers.size() <= 1) {
        server("").fail(said);
      }
    } else if (!name.isEmpty() && status.startsWith(FAILED_BEGIN)) {
      server(name).fail(status.substring(FAILED_BEGIN.length()));
    } else if (name.isEmpty() && status.equals(Spoken.SUCCESS)) {
      done = true;
      boolean _ = servers.isEmpty() && server("").isDone();
      servers.values().forEach(ServerPull::succeed);
    } else if (name.isEmpty() && status.endsWith(DONE_END)) {
      server(status.substring(0, status.length() - DONE_END.length())).succeed();
    } else if (!status.isEmpty()) {
      server(name).take(line, nanos);
    }
  }

  /** All that are known of, in the order in which they were. */
  Collection<ServerPull> servers() {
    return servers.values();
  }

  /** Whether all servers have done it. */
  boolean isDone() {
    return done;
  }

  /** Why not all have, once that is said. */
  Optional<String> error() {
    return error;
  }

  /** What is said without a name is said by the only one; what is beyond the bound is lost. */
  private ServerPull server(String name) {
    if (name.isEmpty() && servers.size() == 1) {
      return new ArrayList<>(servers.values()).getFirst();
    }
    return servers.size() < SERVERS_MAX
        ? servers.computeIfAbsent(name, ServerPull::new)
        : servers.getOrDefault(name, new ServerPull(name));
  }
}
