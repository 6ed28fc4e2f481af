package ollama.gateway.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.ollama.ModelPattern;

/** Reads {@code ollamaAddresses}: addresses, and objects that say more. */
final class OllamaServerReader {
  private static final String LIST = "ollamaAddresses";

  private final Values values;
  private final Set<String> givenNames = new HashSet<>();

  /** A server that may yet get its name, and where it stands. */
  private record Entry(String path, int offset, OllamaServer server, boolean named) {}

  OllamaServerReader(Values values) {
    this.values = values;
  }

  List<OllamaServer> read(Block file) {
    List<Json> items = file.list(LIST);
    boolean isList = file.value(LIST).map(v -> v instanceof Json.Arr).orElse(true);
    if (items.isEmpty() && isList) {
      file.missing(
          LIST,
          "expected at least one Ollama server: write \"ollamaAddresses\":"
              + " [\"http://localhost:11434\"]");
    }
    Map<UpstreamAddress, Entry> entries = new LinkedHashMap<>();
    for (int i = 0; i < items.size(); i++) {
      String path = LIST + "[" + i + "]";
      Optional<Entry> entry = entry(path, items.get(i));
      if (entry.isPresent()) {
        add(entries, entry.get());
      }
    }
    return named(List.copyOf(entries.values()));
  }

  private void add(Map<UpstreamAddress, Entry> entries, Entry entry) {
    UpstreamAddress url = entry.server().url();
    if (entries.putIfAbsent(url, entry) != null) {
      warn(entry, "this server is in the list already: remove it here");
    }
    if (url.endsInRoute()) {
      warn(
          entry,
          "an address ends before /api and /v1, which clients name themselves: requests would go to"
              + " such as /v1/v1/models or /api/api/chat; remove that part, unless something on the"
              + " way takes it away");
    }
  }

  private void warn(Entry entry, String message) {
    values.problems().warning(entry.path(), entry.offset(), message);
  }

  private Optional<Entry> entry(String path, Json item) {
    if (item instanceof Json.Text) {
      return values
          .text(path, item, UpstreamAddress::parse)
          .map(url -> new Entry(path, item.start(), OllamaServer.ofPlain(url), false));
    }
    if (item instanceof Json.Obj object) {
      Block block = Block.of(values, Section.OLLAMA_SERVER, path, object);
      boolean named = block.value("name").isPresent();
      return described(block).map(server -> new Entry(path, item.start(), server, named));
    }
    values
        .problems()
        .error(
            path,
            item.start(),
            "expected an address in double quotes, or an object with \"url\" and maybe more; found "
                + item.kind());
    return Optional.empty();
  }

  private Optional<OllamaServer> described(Block block) {
    if (block.value("url").isEmpty()) {
      block.missing("url", "this is missing: write where the server is, as http://gpu-1:11434");
    }
    Optional<UpstreamAddress> url =
        block
            .value("url")
            .flatMap(v -> values.text(block.pathOf("url"), v, UpstreamAddress::parse));
    Optional<String> name =
        block.value("name").flatMap(v -> values.text(block.pathOf("name"), v, this::uniqueName));
    int parallel = block.whole("parallel", 0, OllamaServer.PARALLEL);
    int maxLoadedModels = block.whole("maxLoadedModels", 0, OllamaServer.MAX_LOADED_MODELS);
    double weight = block.number("weight", 1, OllamaServer.WEIGHT_MAX);
    Map<String, String> headers = HeadersReader.read(block);
    List<ModelPattern> models = block.texts("models", OllamaServerReader::pattern);
    Optional<ClientTls> read = ClientTls.read(block);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    ClientTls tls = read.get();
    if (url.isPresent() && !url.get().secured()) {
      tls.doubt(block, "url", "http", "https");
    }
    return url.map(
        address ->
            new OllamaServer(
                address,
                name.orElse(OllamaServer.plainName(address)),
                parallel,
                maxLoadedModels,
                weight,
                headers,
                models,
                tls.ca(),
                tls.certificate(),
                tls.key()));
  }

  private String uniqueName(String name) {
    if (!givenNames.add(OllamaServer.checkName(name))) {
      throw new IllegalArgumentException("another server has this name: choose another");
    }
    return name;
  }

  /** The pattern that a text is. */
  static ModelPattern pattern(String text) {
    return ModelPattern.of(text)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected a model's name, in which * stands for any characters of one part,"
                        + " such as llama3:8b, llama* or me/*"));
  }

  /** Who was given no name gets one: host and port, and the path where that isn't enough. */
  private List<OllamaServer> named(List<Entry> entries) {
    Map<String, Integer> sharing = new HashMap<>();
    for (Entry entry : entries) {
      if (!entry.named()) {
        sharing.merge(entry.server().name(), 1, Integer::sum);
      }
    }
    List<OllamaServer> servers = new ArrayList<>();
    for (Entry entry : entries) {
      OllamaServer server = entry.server();
      if (!entry.named()) {
        boolean shared = sharing.getOrDefault(server.name(), 0) > 1;
        server = shared ? server.withName(OllamaServer.longName(server.url())) : server;
        if (givenNames.contains(server.name())) {
          values
              .problems()
              .error(
                  entry.path(),
                  entry.offset(),
                  "another server was given the name that this one has without one, its host and"
                      + " port: give one of them another \"name\"");
        }
      }
      servers.add(server);
    }
    return List.copyOf(servers);
  }
}
