package ollama.gateway.app.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import ollama.gateway.app.GatewayProcess;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigException;

/** A whole gateway on a port of its own, with a settings file that can be changed. */
public final class TestGateway implements AutoCloseable {

  /** The key that is let in, as an administrator, unless the settings say otherwise. */
  public static final String KEY = "sekret";

  /** The field that carries it. */
  public static final String AUTH = "Authorization: Bearer " + KEY + "\r\n";

  private final Path folder;
  private final Path file;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final GatewayProcess process;

  private TestGateway(Map<String, String> settings, boolean listening)
      throws IOException, ConfigException {
    this.settings.putAll(settings);
    folder = Files.createTempDirectory("gateway");
    file = folder.resolve("config.json");
    write();
    process = GatewayProcess.create(file, Map.of(), false);
    if (listening) {
      process.listen();
    }
  }

  /** The settings of a gateway that isn't there yet. */
  public static final class Plan {
    private static final String ROUND_ROBIN = "\"policy\": \"round-robin\"";

    private final Map<String, String> settings = new LinkedHashMap<>();
    private final boolean takesTurns;

    private Plan(boolean takesTurns, String... urls) {
      settings.put("ollamaAddresses", list(urls));
      this.takesTurns = takesTurns;
      set("loadBalancer", "{}");
      settings.put("gatewayAddress", "\"127.0.0.1:0\"");
      settings.put("apiKeys", "[" + entry("admin", KEY, true) + "]");
    }

    /**
     * Sets what stands at the top of the file; the value is JSON. Where it names no policy, servers
     * that play a script take turns and aren't asked for their models, which would be in the way of
     * most scripts.
     */
    public Plan set(String name, String json) {
      boolean plain = takesTurns && name.equals("loadBalancer") && !json.contains("\"policy\"");
      String separator = json.equals("{}") ? "" : ", ";
      settings.put(name, plain ? json.replaceFirst("\\{", "{" + ROUND_ROBIN + separator) : json);
      return this;
    }

    /** The settings as they stand in the file. */
    String json() {
      return TestGateway.json(settings);
    }

    /** Starts it. */
    public TestGateway start() throws IOException, ConfigException {
      return new TestGateway(settings, true);
    }

    /** Starts it, and waits until each of these servers was checked. */
    public TestGateway startChecked(FakeUpstream... upstreams) throws IOException, ConfigException {
      TestGateway gateway = start();
      for (FakeUpstream upstream : upstreams) {
        long _ = upstream.nextCheck();
      }
      return gateway;
    }

    /** Makes it, but doesn't let it listen. */
    public TestGateway create() throws IOException, ConfigException {
      return new TestGateway(settings, false);
    }
  }

  /** A gateway before these servers. */
  public static Plan before(FakeUpstream... upstreams) {
    return before(Arrays.stream(upstreams).map(FakeUpstream::url).toArray(String[]::new));
  }

  /** A gateway before these servers, with metrics. */
  public static Plan before(ForeignUpstream... upstreams) {
    return before(Arrays.stream(upstreams).map(ForeignUpstream::url).toArray(String[]::new))
        .set("metrics", "{\"enabled\": true}");
  }

  /** A gateway before these servers, among which it chooses as it does where nothing is set. */
  public static Plan before(OllamaLike... servers) {
    return new Plan(false, Arrays.stream(servers).map(OllamaLike::url).toArray(String[]::new));
  }

  /** A gateway before servers at these addresses. */
  public static Plan before(String... urls) {
    return new Plan(true, urls);
  }

  /** Starts one before these servers, with nothing else set. */
  public static TestGateway start(FakeUpstream... upstreams) throws IOException, ConfigException {
    return before(upstreams).start();
  }

  /** Starts one before these servers, with metrics; the first check of each is over. */
  public static TestGateway startChecked(FakeUpstream... upstreams)
      throws IOException, ConfigException {
    return before(upstreams).set("metrics", "{\"enabled\": true}").startChecked(upstreams);
  }

  /** An entry of {@code apiKeys} in JSON, as the gateway writes it. */
  public static String entry(String name, String key, boolean admin) {
    return "{\"name\": \"%s\", \"sha256\": \"%s\"%s}"
        .formatted(
            name, ApiKey.ofPlain(name, key, admin).sha256(), admin ? ", \"admin\": true" : "");
  }

  /** A list of texts in JSON. */
  public static String list(String... items) {
    return Arrays.stream(items).map(i -> '"' + i + '"').collect(Collectors.joining(", ", "[", "]"));
  }

  /** The gateway itself. */
  public GatewayProcess process() {
    return process;
  }

  /** Its settings file. */
  public Path file() {
    return file;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return process.addresses().getFirst();
  }

  /** Changes the file; the value is JSON. */
  public TestGateway set(String name, String json) throws IOException {
    settings.put(name, json);
    write();
    return this;
  }

  /** Connects to it. */
  public RawClient connect() throws IOException {
    return new RawClient(address());
  }

  /** Sends a request on a connection of its own, with the key, and reads the answer. */
  public Answer get(String target) throws IOException {
    return ask(getOf(target));
  }

  /** A GET with the key, as text. */
  public static String getOf(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: gateway\r\n" + AUTH + "\r\n";
  }

  /** Sends a JSON body, with the key, and reads the answer. */
  public Answer post(String target, String json) throws IOException {
    return ask(postOf(target, json));
  }

  /** A POST with the key and a JSON body, as text. */
  public static String postOf(String target, String json) {
    String fields = "Content-Type: application/json\r\nContent-Length: " + json.length();
    return postHeadOf(target, fields) + json;
  }

  /** The head of a POST with the key and these fields, as text. */
  public static String postHeadOf(String target, String fields) {
    return "POST " + target + " HTTP/1.1\r\nHost: gateway\r\n" + AUTH + fields + "\r\n\r\n";
  }

  /** Sends a request on a connection of its own as it is, and reads the answer. */
  public Answer ask(String request) throws IOException {
    try (RawClient client = connect()) {
      return client.send(request).answer(request.startsWith("HEAD "));
    }
  }

  /** The value of a metric whose line begins so; 0 if there is none. Metrics must be on. */
  public double metric(String lineStart) throws IOException {
    return metric(get("/metrics"), lineStart);
  }

  /** Waits until a metric is so: a request is counted only after its client saw the end. */
  public void awaitMetric(double expected, String lineStart) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (metric(lineStart) != expected) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(lineStart + " isn't " + expected + ":\n" + get("/metrics").text());
      }
    }
  }

  /** 1 while the server with this address is up, else 0. Metrics must be on. */
  public double up(String url) throws IOException {
    return metric(upMetric(url));
  }

  /** Waits until the server with this address is up (1) or down (0). Metrics must be on. */
  public void awaitUp(int expected, String url) throws IOException {
    awaitMetric(expected, upMetric(url));
  }

  private static String upMetric(String url) {
    return "gateway_upstream_up{server=\"" + url + "\"}";
  }

  /** How many requests were tried again because of this. Metrics must be on. */
  public double retries(String reason) throws IOException {
    return metric("gateway_retries_total{reason=\"" + reason + "\"}");
  }

  /** The value of a metric in a page of metrics. */
  public static double metric(Answer page, String lineStart) {
    return page.text()
        .lines()
        .filter(line -> line.startsWith(lineStart + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** Begins to stop it on a thread of its own, as SIGTERM does; done once it has stopped. */
  public Future<Boolean> stop() {
    FutureTask<Boolean> stop =
        new FutureTask<>(
            () -> {
              process.stop();
              return true;
            });
    Thread.ofPlatform().name("stop").start(stop);
    return stop;
  }

  /** Fails when an answer tells where the settings file is, or who runs this. */
  public void assertTellsNothingOfItsFile(Answer answer) {
    for (String untold :
        List.of(folder.toString(), "config.json", System.getProperty("user.name"))) {
      if (answer.text().contains(untold)) {
        throw new AssertionError("it tells " + untold + ": " + answer);
      }
    }
  }

  @Override
  public void close() throws IOException {
    process.close();
    try (Stream<Path> kept = Files.list(folder)) {
      for (Path each : kept.toList()) {
        Files.deleteIfExists(each);
      }
    }
    Files.deleteIfExists(folder);
  }

  private void write() throws IOException {
    Files.writeString(file, json(settings));
  }

  private static String json(Map<String, String> settings) {
    String members =
        settings.entrySet().stream()
            .map(e -> "  \"" + e.getKey() + "\": " + e.getValue())
            .collect(Collectors.joining(",\n"));
    return "{\n" + members + "\n}\n";
  }
}
