package ollama.gateway.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.app.acme.OrderedCertificates;
import ollama.gateway.app.acme.Renewals;
import ollama.gateway.config.AcmeConfig;
import ollama.gateway.config.ClientTls;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigProblem;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.config.TlsConfig;
import ollama.gateway.config.TracingConfig;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.http.tls.TlsChallenges;
import ollama.gateway.http.tls.TlsClient;
import ollama.gateway.http.tls.TlsFileException;
import ollama.gateway.http.tls.TlsIdentity;
import ollama.gateway.http.tls.TlsServer;
import ollama.gateway.proxy.ServerTls;

/**
 * The certificates and the keys that the settings name, and what was in these files when they were
 * read last. For one thread at a time, but for {@link #paths}, {@link #toStore} and {@link
 * #toCollector}.
 */
final class TlsFiles {

  private static final System.Logger LOG = System.getLogger(TlsFiles.class.getName());

  /** Who renews in time has done so by then. */
  private static final Duration SOON = Duration.ofDays(14);

  private final Path settingsFile;
  private final Map<String, String> environment;
  private final TlsChallenges challenges;
  private volatile List<Path> paths = List.of();
  private volatile Optional<TlsClient> toStore = Optional.empty();
  private volatile Optional<TlsClient> toCollector = Optional.empty();
  private byte[] known = {};
  // Kept as long as it is the same, so that clients can resume their sessions.
  private Optional<TlsServer> server = Optional.empty();
  private byte[] servedContent = {};
  private Map<String, Instant> servedUntil = Map.of();
  private Map<String, TlsIdentity> orderedBefore = Map.of();

  /**
   * None yet.
   *
   * @param settingsFile in whose folder relative ones are
   * @param environment may name where state is kept
   * @param challenges of authorities that certificates are ordered from
   */
  TlsFiles(Path settingsFile, Map<String, String> environment, TlsChallenges challenges) {
    this.settingsFile = settingsFile;
    this.environment = environment;
    this.challenges = challenges;
  }

  /**
   * What speaks TLS.
   *
   * @param toClients with clients; empty where it isn't spoken
   * @param toServers with servers whose address says so
   * @param goodUntil until when the certificates are good that clients are shown, by what each is
   *     called
   * @param ordered what is to be ordered, if anything is
   */
  record Tls(
      Optional<TlsServer> toClients,
      ServerTls toServers,
      Map<String, Instant> goodUntil,
      Optional<OrderedCertificates> ordered) {}

  /**
   * What speaks TLS with them.
   *
   * @throws ConfigException when they can't be used; the next look for changes is at these
   */
  Tls read(GatewayConfig config) throws ConfigException {
    Optional<OrderedCertificates> ordered = ordered(config);
    List<Path> named = new ArrayList<>();
    named.addAll(paths(config.tls(), ordered));
    name(named, config.tls().acme().ca());
    for (OllamaServer server : config.ollamaAddresses()) {
      server.tls().files().map(this::path).forEach(named::add);
    }
    config.shared().clientTls().files().map(this::path).forEach(named::add);
    config.tracing().clientTls().files().map(this::path).forEach(named::add);
    paths = List.copyOf(named);
    known = digest(paths);
    ServerTls toServers = toServers(config.ollamaAddresses());
    SharedConfig shared = config.shared();
    Optional<TlsClient> store =
        client("shared", shared.isOn() && shared.isSecured(), shared.clientTls(), toStore);
    TracingConfig tracing = config.tracing();
    Optional<TlsClient> collector =
        client("tracing", tracing.isSecured(), tracing.clientTls(), toCollector);
    Tls found = new Tls(toClients(config.tls(), ordered), toServers, servedUntil, ordered);
    toStore = store;
    toCollector = collector;
    return found;
  }

  private Optional<OrderedCertificates> ordered(GatewayConfig config) throws ConfigException {
    AcmeConfig acme = config.tls().acme();
    if (!acme.isOn()) {
      return Optional.empty();
    }
    if (Renewals.orders().isEmpty()) {
      throw unusable(
          "tls.acme",
          "this image can't order certificates: take the full one (make image-full, or the"
              + " container's tag that ends in -full)");
    }
    try {
      List<X509Certificate> authorities =
          acme.ca().isEmpty() ? List.of() : TlsIdentity.certificates(path(acme.ca()));
      Path folder =
          acme.folder().isEmpty()
              ? StateDirectory.of(settingsFile, config, environment).resolve("acme")
              : path(acme.folder());
      return Optional.of(OrderedCertificates.of(acme, authorities, folder));
    } catch (TlsFileException e) {
      throw unusable("tls.acme", String.valueOf(e.getMessage()));
    }
  }

  private List<Path> paths(TlsConfig config, Optional<OrderedCertificates> ordered) {
    List<String> files = new ArrayList<>(config.certificate());
    files.addAll(config.privateKey());
    if (!config.clientCertificateAuthority().isEmpty()) {
      files.add(config.clientCertificateAuthority());
    }
    List<Path> paths = new ArrayList<>(files.stream().map(this::path).toList());
    ordered.ifPresent(wanted -> paths.addAll(wanted.files()));
    return paths;
  }

  private void name(List<Path> named, String file) {
    if (!file.isEmpty()) {
      named.add(path(file));
    }
  }

  private Path path(String file) {
    return settingsFile.resolveSibling(file);
  }

  private Optional<TlsServer> toClients(TlsConfig config, Optional<OrderedCertificates> ordered)
      throws ConfigException {
    if (!config.isOn()) {
      return Optional.empty();
    }
    try {
      byte[] content = digest(paths(config, ordered));
      if (server.isEmpty() || !Arrays.equals(content, servedContent)) {
        List<TlsIdentity> identities = identities(config);
        identities.addAll(identities(ordered));
        server = Optional.of(TlsServer.of(identities, authorities(config), challenges));
        servedContent = content;
        servedUntil = goodUntil(identities);
      }
      return server;
    } catch (TlsFileException e) {
      throw unusable("tls", String.valueOf(e.getMessage()));
    }
  }

  private List<TlsIdentity> identities(TlsConfig config) throws TlsFileException {
    List<TlsIdentity> identities = new ArrayList<>();
    for (int i = 0; i < config.certificate().size(); i++) {
      Path certificate = path(config.certificate().get(i));
      TlsIdentity identity = TlsIdentity.read(certificate, path(config.privateKey().get(i)));
      warn(certificate, identity.chain().getFirst(), Instant.now());
      identities.add(identity);
    }
    return identities;
  }

  /** Of what is ordered: an older one stays in use where there is nothing that can be. */
  private List<TlsIdentity> identities(Optional<OrderedCertificates> ordered) {
    Map<String, TlsIdentity> found = new LinkedHashMap<>();
    for (String host : ordered.map(these -> these.config().hosts()).orElse(List.of())) {
      try {
        found.put(host, ordered.orElseThrow().identity(host));
      } catch (TlsFileException e) {
        TlsIdentity before = orderedBefore.get(host);
        if (before != null) {
          LOG.log(
              System.Logger.Level.WARNING,
              e.getMessage()
                  + "; the certificate that "
                  + host
                  + " had stays until a new one comes");
          found.put(host, before);
        }
      }
    }
    orderedBefore = Map.copyOf(found);
    return List.copyOf(found.values());
  }

  private List<X509Certificate> authorities(TlsConfig config) throws TlsFileException {
    String file = config.clientCertificateAuthority();
    return file.isEmpty() ? List.of() : TlsIdentity.certificates(path(file));
  }

  private ServerTls toServers(List<OllamaServer> servers) throws ConfigException {
    Map<UpstreamAddress, TlsClient> clients = new HashMap<>();
    for (int i = 0; i < servers.size(); i++) {
      OllamaServer server = servers.get(i);
      if (server.url().secured()) {
        try {
          clients.put(server.url(), client(server.tls()));
        } catch (TlsFileException e) {
          throw unusable("ollamaAddresses[" + i + "]", String.valueOf(e.getMessage()));
        }
      }
    }
    return server -> {
      TlsClient known = clients.get(server.url());
      // One of settings that were in force before, which is asked a last time.
      return known == null ? TlsClient.of(List.of(), Optional.empty()) : known;
    };
  }

  private TlsClient client(ClientTls files) throws TlsFileException {
    List<X509Certificate> authorities =
        files.ca().isEmpty() ? List.of() : TlsIdentity.certificates(path(files.ca()));
    Optional<TlsIdentity> identity =
        files.certificate().isEmpty()
            ? Optional.empty()
            : Optional.of(TlsIdentity.read(path(files.certificate()), path(files.key())));
    return TlsClient.of(authorities, identity);
  }

  /**
   * Where files are named: the one before if it is the same, so that connections are kept.
   *
   * @param where in the settings
   * @param isSecured whether TLS is spoken at all
   */
  private Optional<TlsClient> client(
      String where, boolean isSecured, ClientTls files, Optional<TlsClient> before)
      throws ConfigException {
    if (!isSecured || !files.isSet()) {
      return Optional.empty();
    }
    try {
      Optional<TlsClient> next = Optional.of(client(files));
      return next.equals(before) ? before : next;
    } catch (TlsFileException e) {
      throw unusable(where, String.valueOf(e.getMessage()));
    }
  }

  /** What speaks TLS with the store that gateways share; empty for what the JDK has; any thread. */
  Optional<SSLSocketFactory> toStore() {
    return toStore.map(TlsClient::sockets);
  }

  /** The same for the collector of traces. */
  Optional<SSLSocketFactory> toCollector() {
    return toCollector.map(TlsClient::sockets);
  }

  private ConfigException unusable(String where, String what) {
    ConfigProblem problem = new ConfigProblem(where, 0, 0, what);
    return new ConfigException(settingsFile.toString(), List.of(problem));
  }

  /** The files, none where TLS isn't spoken; from any thread. */
  List<Path> paths() {
    return paths;
  }

  /** Of two for one host, such as one of RSA and one of EC, the one that expires first. */
  private static Map<String, Instant> goodUntil(List<TlsIdentity> identities) {
    Map<String, Instant> until = new HashMap<>();
    for (TlsIdentity identity : identities) {
      until.merge(identity.name(), identity.goodUntil(), (a, b) -> a.isBefore(b) ? a : b);
    }
    return Map.copyOf(until);
  }

  /** Whether they hold something else than what was read last. */
  boolean haveChanged() {
    return !paths.isEmpty() && !Arrays.equals(digest(paths), known);
  }

  private static void warn(Path file, X509Certificate certificate, Instant now) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    String state =
        until.isBefore(now)
            ? "this certificate has expired on " + until + ": clients refuse it; renew it"
            : from.isAfter(now)
                ? "this certificate isn't good before " + from + ": clients refuse it until then"
                : until.isBefore(now.plus(SOON))
                    ? "this certificate expires on " + until + ": renew it"
                    : "";
    if (!state.isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, file + ": " + state);
    }
  }

  private static byte[] digest(List<Path> files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path file : files) {
        try {
          // One that can't be used needn't be read: a pipe would keep this waiting.
          if (Files.isRegularFile(file) && Files.size(file) <= TlsIdentity.FILE_BYTES_MAX) {
            digest.update(Files.readAllBytes(file));
          }
        } catch (IOException e) {
          // It may be there the next time.
        }
        digest.update((byte) 0);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
