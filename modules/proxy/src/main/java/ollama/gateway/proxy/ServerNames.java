package ollama.gateway.proxy;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;

/**
 * The servers that a client names for a request, with {@code ?servers=NAME,NAME} or {@code
 * ?servers=all}, or with the same in the field {@code X-Gateway-Servers}.
 *
 * @param isSaid whether it names any
 * @param servers those, in the order of the settings
 * @param unknown the first name that is none
 */
record ServerNames(boolean isSaid, List<Upstream> servers, Optional<String> unknown) {

  private static final String PARAMETER = "servers";
  private static final String ALL = "all";

  /** What a request names; from here on it isn't in what its servers get. */
  static ServerNames take(Call call) {
    List<String> said = new ArrayList<>(call.target().parameters(PARAMETER));
    if (!said.isEmpty()) {
      call.target(call.target().without(PARAMETER));
    }
    Fields fields = call.head().fields();
    for (int i = fields.indexOf(KnownField.X_GATEWAY_SERVERS, 0);
        i >= 0;
        i = fields.indexOf(KnownField.X_GATEWAY_SERVERS, i + 1)) {
      said.add(fields.value(i));
    }
    return of(said, call.settings().balancer().servers());
  }

  private static ServerNames of(List<String> said, List<Upstream> all) {
    Set<String> names =
        said.stream()
            .flatMap(list -> Stream.of(list.split(",")))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    List<Upstream> servers =
        all.stream().filter(s -> names.contains(ALL) || names.contains(name(s))).toList();
    Set<String> known = all.stream().map(ServerNames::name).collect(Collectors.toSet());
    Optional<String> unknown =
        names.stream().filter(name -> !name.equals(ALL) && !known.contains(name)).findFirst();
    return new ServerNames(!names.isEmpty(), servers, unknown);
  }

  /** What a server is called. */
  static String name(Upstream server) {
    return server.name();
  }

  /** Their names, as they stand in {@code ?servers=}. */
  static String list(List<Upstream> servers) {
    return servers.stream().map(ServerNames::name).collect(Collectors.joining(","));
  }
}
