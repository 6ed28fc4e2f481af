package ollama.gateway.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads {@code headers}, which are sent to a server besides: an object of texts. */
final class HeadersReader {

  private static final String NAME = "headers";

  private HeadersReader() {}

  /** Those of a block; none where it has none, or they are wrong. */
  static Map<String, String> read(Block block) {
    Problems problems = block.values().problems();
    Json json = block.value(NAME).orElse(new Json.Obj(0, 0, List.of()));
    String path = block.pathOf(NAME);
    if (!(json instanceof Json.Obj object)) {
      problems.error(path, json.start(), "expected an object in { }, found " + json.kind());
      return Map.of();
    }
    Map<String, String> headers = new LinkedHashMap<>();
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (Json.Member member : object.members()) {
      Optional<String> name = name(problems, path, member);
      if (name.isPresent() && names.add(name.get())) {
        block
            .values()
            .text(path + "." + name.get(), member.value(), ServerHeader::checkValue)
            .ifPresent(value -> headers.put(name.get(), value));
      } else if (name.isPresent()) {
        problems.error(
            path + "." + name.get(),
            member.start(),
            "this header is there twice: keep one of them");
      }
    }
    try {
      ServerHeader.checkAll(headers);
      return headers;
    } catch (IllegalArgumentException e) {
      problems.error(path, json.start(), String.valueOf(e.getMessage()));
      return Map.of();
    }
  }

  /** Its path doesn't show a wrong one: somebody may have written the value in its place. */
  private static Optional<String> name(Problems problems, String path, Json.Member member) {
    try {
      return Optional.of(HeaderName.checkSent(member.name()));
    } catch (IllegalArgumentException e) {
      problems.error(path, member.start(), String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }
}
