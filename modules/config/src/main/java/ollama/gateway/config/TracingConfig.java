package ollama.gateway.config;

import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Traces of requests, told to a collector by OTLP over HTTP, in JSON.
 *
 * @param endpoint the collector's URL, such as {@code http://127.0.0.1:4318}; {@code /v1/traces} is
 *     added to one without a path; by default none, and nothing is traced
 * @param ca where its URL says {@code https}: the file with the certificate of who vouches for the
 *     collector, in PEM, such as {@code collector-ca.pem}; a relative one is below the folder of
 *     the settings file; it is read anew when it changes; by default those count that the JDK
 *     trusts
 * @param samplePercent how many of a hundred requests are traced for which nobody has decided that;
 *     what {@code traceparent} says of a request with a key holds; 0 to 100; default 100
 * @param maxPerSecond how many requests are traced in one second at most, whoever has decided it,
 *     since making spans costs several times what passing a small request on does; 0 (no limit) to
 *     100000; default 100
 * @param headers what is sent to the collector besides, by the header's name, such as {@code
 *     Authorization: Bearer ${COLLECTOR_TOKEN}}; names that frame or route a message, such as
 *     {@code Host}, are refused; at most 32 of together 16384 characters; default none
 * @param queue how many requests' spans wait for the collector at most; those of further ones are
 *     dropped and counted; 16 to 16384; default 2048
 */
public record TracingConfig(
    String endpoint,
    String ca,
    int samplePercent,
    int maxPerSecond,
    Map<String, String> headers,
    int queue) {

  static final Bounds SAMPLE_PERCENT = Bounds.of(0, 100);
  static final Bounds MAX_PER_SECOND = Bounds.orNone(100_000);
  static final Bounds QUEUE = Bounds.of(16, 16_384);

  private static final String PATH = "/v1/traces";

  /**
   * Copies the headers and checks all.
   *
   * @throws IllegalArgumentException if one isn't what it is to be
   */
  public TracingConfig {
    String _ = checkEndpoint(endpoint);
    SAMPLE_PERCENT.check("samplePercent", samplePercent);
    MAX_PER_SECOND.check("maxPerSecond", maxPerSecond);
    QUEUE.check("queue", queue);
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    headers.forEach(ServerHeader::check);
    TreeSet<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    names.addAll(headers.keySet());
    if (names.size() < headers.size()) {
      throw new IllegalArgumentException("a header is there twice");
    }
    ServerHeader.checkAll(headers);
  }

  /**
   * What holds when the file says nothing.
   *
   * @return nothing is traced
   */
  public static TracingConfig defaults() {
    return new TracingConfig("", "", 100, 100, Map.of(), 2048);
  }

  /** Whether anything is traced. */
  public boolean isOn() {
    return !endpoint.isEmpty();
  }

  /**
   * Where traces are posted to.
   *
   * @throws IllegalStateException if nothing is traced
   */
  public URI url() {
    if (!isOn()) {
      throw new IllegalStateException("nothing is traced");
    }
    UpstreamAddress address = UpstreamAddress.parse(endpoint);
    return URI.create(address.text() + (address.basePath().isEmpty() ? PATH : ""));
  }

  /** By which files TLS is spoken with the collector. */
  public ClientTls clientTls() {
    return new ClientTls(ca, "", "");
  }

  /** Whether TLS is spoken with it. */
  public boolean isSecured() {
    return isOn() && UpstreamAddress.parse(endpoint).secured();
  }

  /** What stands in the file, or the default of what doesn't. */
  static TracingConfig read(Block block) {
    TracingConfig defaults = defaults();
    String endpoint = block.text("endpoint", "", TracingConfig::checkEndpoint);
    ClientTls files = ClientTls.readCa(block);
    if (!endpoint.isEmpty() && !UpstreamAddress.parse(endpoint).secured()) {
      files.doubt(block, "endpoint", "http", "https");
    }
    return new TracingConfig(
        endpoint,
        files.ca(),
        block.whole("samplePercent", defaults.samplePercent(), SAMPLE_PERCENT),
        block.whole("maxPerSecond", defaults.maxPerSecond(), MAX_PER_SECOND),
        HeadersReader.read(block),
        block.whole("queue", defaults.queue(), QUEUE));
  }

  private static String checkEndpoint(String endpoint) {
    if (!endpoint.isEmpty()) {
      if (!endpoint.regionMatches(true, 0, "http", 0, "http".length())) {
        throw new IllegalArgumentException(
            "expected the URL of a collector that takes OTLP over HTTP, such as"
                + " http://127.0.0.1:4318");
      }
      UpstreamAddress _ = UpstreamAddress.parse(endpoint);
    }
    return endpoint;
  }

  /** Without the headers, which may hold passwords. */
  @Override
  public String toString() {
    return "traces of " + samplePercent + " % to " + endpoint;
  }
}
