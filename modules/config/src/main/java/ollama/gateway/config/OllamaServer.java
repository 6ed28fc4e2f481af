package ollama.gateway.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Pattern;
import ollama.gateway.ollama.ModelPattern;

/**
 * An Ollama server. In the file an entry is either its address, a text, or an object such as {@code
 * {"url": "http://gpu-1:11434", "name": "gpu-1", "parallel": 4}}.
 *
 * @param url where it is, as the text would say, such as {@code https://gpu-1:11434}; required
 * @param name what it is called in logs and in {@code /gateway/servers}, such as {@code gpu-1},
 *     each name once; 1 to 128 letters, digits and {@code . _ - : / [ ]}; by default host and port
 *     of {@code url}, and its path behind them where two servers would have one name
 * @param parallel how many requests for one model it runs at once, as its {@code
 *     OLLAMA_NUM_PARALLEL} says; 0 (not known) to 1024; default 0
 * @param maxLoadedModels how many models it holds in memory at once, as its {@code
 *     OLLAMA_MAX_LOADED_MODELS} says; 0 (not known) to 1024; default 0
 * @param weight how much faster it is than the policy takes it for, so that it gets more of the
 *     work; above 0 to 1000; default 1
 * @param headers what is sent to it besides with each request, health checks too, by the header's
 *     name, such as {@code Authorization: Bearer ${GPU_1_TOKEN}}; a client's header of that name is
 *     left out; names that frame or route a message, such as {@code Host}, are refused; at most 32
 *     of together 16384 characters; default none
 * @param models the only models for which it is used, such as {@code llama*}: names in which a star
 *     stands for any characters of one part, and {@code *} alone for every model; the others count
 *     as not there, and lists that several servers make together don't have them from it; without
 *     any it is used for all; default none
 * @param ca where its address says {@code https}: the file with the certificate of who vouches for
 *     it, in PEM, such as {@code gpu-ca.pem}; a relative one is below the folder of the settings
 *     file; it is read anew when it changes; by default those count that the JDK trusts
 * @param clientCertificate the file with the certificate by which it knows the gateway, where it
 *     asks for one, in PEM, such as {@code gateway.pem}; by default there is none
 * @param clientKey the file with the key of that, such as {@code gateway.key}; by default there is
 *     none
 */
public record OllamaServer(
    UpstreamAddress url,
    String name,
    int parallel,
    int maxLoadedModels,
    double weight,
    Map<String, String> headers,
    List<ModelPattern> models,
    String ca,
    String clientCertificate,
    String clientKey) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._:/\\[\\]-]{1,128}");
  // A path has no such parts, and a name stands in one.
  private static final Pattern UNADDRESSABLE =
      Pattern.compile("/.*|.*/|.*//.*|(?:.*/)?\\.{1,2}(?:/.*)?");

  static final Bounds PARALLEL = new Bounds(0, 1024, "not known");
  static final Bounds MAX_LOADED_MODELS = new Bounds(0, 1024, "not known");
  static final int WEIGHT_MAX = 1000;

  /**
   * Copies the collections and checks what can be checked alone.
   *
   * @throws IllegalArgumentException if one of them isn't as said above
   */
  public OllamaServer {
    if (!name.equals(plainName(url)) && !name.equals(longName(url))) {
      checkName(name);
    }
    PARALLEL.check("parallel", parallel);
    MAX_LOADED_MODELS.check("maxLoadedModels", maxLoadedModels);
    if (!(weight > 0 && weight <= WEIGHT_MAX)) {
      throw new IllegalArgumentException(
          "weight must be above 0 and at most " + WEIGHT_MAX + ", not " + weight);
    }
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    TreeSet<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach(ServerHeader::check);
    names.addAll(headers.keySet());
    if (names.size() < headers.size()) {
      throw new IllegalArgumentException("a header is there twice");
    }
    ServerHeader.checkAll(headers);
    models = List.copyOf(models);
    ClientTls _ = new ClientTls(ca, clientCertificate, clientKey);
  }

  /**
   * One that is known as the JDK knows it, and doesn't ask who the gateway is.
   *
   * @throws IllegalArgumentException as above
   */
  public OllamaServer(
      UpstreamAddress url,
      String name,
      int parallel,
      int maxLoadedModels,
      double weight,
      Map<String, String> headers,
      List<ModelPattern> models) {
    this(url, name, parallel, maxLoadedModels, weight, headers, models, "", "", "");
  }

  /**
   * What an address alone says.
   *
   * @param url where the server is
   * @return the server with that address, and the default of all else
   */
  public static OllamaServer ofPlain(UpstreamAddress url) {
    return new OllamaServer(url, plainName(url), 0, 0, 1, Map.of(), List.of());
  }

  /** By which files TLS is spoken with it. */
  public ClientTls tls() {
    return new ClientTls(ca, clientCertificate, clientKey);
  }

  /** The same under another name. */
  OllamaServer withName(String other) {
    return new OllamaServer(
        url,
        other,
        parallel,
        maxLoadedModels,
        weight,
        headers,
        models,
        ca,
        clientCertificate,
        clientKey);
  }

  /** What one without a name is called. */
  static String plainName(UpstreamAddress url) {
    return HostSyntax.bracketed(url.host()) + ":" + url.port();
  }

  /** The same where several share that. */
  static String longName(UpstreamAddress url) {
    return plainName(url) + url.basePath();
  }

  static String checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a name has 1 to 128 letters, digits and the characters . _ - : / [ ]: write one such as"
              + " gpu-1");
    }
    if (name.equals("all")) {
      throw new IllegalArgumentException(
          "a server can't be called all, which names every server: write a name such as gpu-1");
    }
    if (UNADDRESSABLE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a name can't begin or end with /, and no part of it can be empty, . or .. since it"
              + " stands in paths: write one such as gpu-1");
    }
    return name;
  }

  /**
   * What to call it in texts for people.
   *
   * @return the address, behind the name if it was given one
   */
  public String label() {
    boolean plain = name.equals(plainName(url)) || name.equals(longName(url));
    return plain ? url.text() : name + " (" + url.text() + ")";
  }

  // As in UpstreamAddress, not what the JVM would derive.

  @Override
  public boolean equals(Object other) {
    return other instanceof OllamaServer that
        && url.equals(that.url)
        && name.equals(that.name)
        && parallel == that.parallel
        && maxLoadedModels == that.maxLoadedModels
        && Double.compare(weight, that.weight) == 0
        && headers.equals(that.headers)
        && models.equals(that.models)
        && ca.equals(that.ca)
        && clientCertificate.equals(that.clientCertificate)
        && clientKey.equals(that.clientKey);
  }

  @Override
  public int hashCode() {
    return Objects.hash(url, name);
  }

  /** The same as {@link #label()}; the headers may hold passwords. */
  @Override
  public String toString() {
    return label();
  }
}
