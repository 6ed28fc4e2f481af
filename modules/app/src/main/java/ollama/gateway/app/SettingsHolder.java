package ollama.gateway.app;

import static java.util.stream.Collectors.toUnmodifiableSet;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import ollama.gateway.app.acme.OrderedCertificates;
import ollama.gateway.balancer.HealthListener;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigWriter;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.http.server.ServerOptions;
import ollama.gateway.http.server.TrustedProxies;
import ollama.gateway.http.tls.TlsServer;
import ollama.gateway.http.wire.HeadLimits;
import ollama.gateway.proxy.Admin;
import ollama.gateway.proxy.ServerTls;
import ollama.gateway.proxy.Settings;
import ollama.gateway.usage.Ledger;

/**
 * The settings in force: read from the file at the start and at each reload, swapped as one. What
 * outlives a reload, the health of servers and the counts of clients, is handed on.
 */
final class SettingsHolder {

  private static final System.Logger LOG = System.getLogger(SettingsHolder.class.getName());

  private final SettingsFile file;
  private final TlsFiles tlsFiles;
  private final ConfigWriter writer;
  private final UnaryOperator<GatewayConfig> override;
  private final KeyMint mint = new KeyMint();

  /** Under this object's lock. */
  private final SharedKeys keys;

  /** As the file said at the start, whatever takes their place. */
  private final List<OllamaServer> serversAtStart;

  private volatile GatewayConfig written;
  private volatile Settings settings;
  private volatile ServerOptions serverOptions;
  private volatile Optional<TlsServer> tls;
  private volatile Map<String, Instant> certificatesGoodUntil;
  private volatile Optional<OrderedCertificates> ordered;

  /**
   * Puts in force what was read at the start.
   *
   * @param file where they come from
   * @param tlsFiles the files that they name
   * @param written what was read there
   * @param ledger what keys have used
   * @param override changes what the file says, at each reading: the demo's address
   * @param sharing what it has in common with other gateways
   */
  SettingsHolder(
      SettingsFile file,
      TlsFiles tlsFiles,
      GatewayConfig written,
      Ledger ledger,
      UnaryOperator<GatewayConfig> override,
      HealthListener listener,
      Sharing sharing)
      throws ConfigException {
    this.file = file;
    this.tlsFiles = tlsFiles;
    this.writer = new ConfigWriter(file::written);
    this.override = override;
    this.written = written;
    this.serversAtStart = written.ollamaAddresses();
    this.keys = sharing.keys();
    GatewayConfig config = override.apply(written);
    List<ApiKey> _ = keys.begin(config.apiKeys());
    TlsFiles.Tls found = tlsFiles.read(config);
    this.tls = found.toClients();
    this.certificatesGoodUntil = found.goodUntil();
    this.ordered = found.ordered();
    this.settings =
        Settings.of(config, found.toServers(), sharing.before(listener), ledger, sharing.counts());
    this.serverOptions = serverOptions(settings);
  }

  /** Where they come from. */
  Path file() {
    return file.path();
  }

  /** All whose change is to be noticed, that one first. */
  List<Path> watched() {
    List<Path> watched = new ArrayList<>(List.of(file()));
    watched.addAll(tlsFiles.paths());
    return watched;
  }

  /** Whether a file holds something else than what was read last, or written by this process. */
  synchronized boolean fileHasChanged() {
    return file.hasChanged() || tlsFiles.haveChanged();
  }

  /** What speaks TLS; empty where it isn't spoken. */
  Optional<TlsServer> tls() {
    return tls;
  }

  /** Until when the certificates are good that clients are shown, by what each is called. */
  Map<String, Instant> certificatesGoodUntil() {
    return certificatesGoodUntil;
  }

  /** Certificates that are to be ordered; empty if none are. */
  Optional<OrderedCertificates> ordered() {
    return ordered;
  }

  Settings settings() {
    return settings;
  }

  ServerOptions serverOptions() {
    return serverOptions;
  }

  GatewayConfig config() {
    return settings.config();
  }

  /**
   * Reads the file anew and puts it in force.
   *
   * @throws ConfigException when it can't be used; nothing has changed then
   */
  synchronized void reload() throws ConfigException {
    try {
      written = file.read();
    } catch (ConfigException e) {
      renewCertificates(e);
      throw e;
    }
    GatewayConfig next = override.apply(written);
    GatewayConfig before = config();
    boolean replaced = !next.ollamaAddresses().equals(written.ollamaAddresses());
    if (replaced && !written.ollamaAddresses().equals(serversAtStart)) {
      RestartSettings.warn("ollamaAddresses", "the demo goes on serving instead of them");
    }
    next = RestartSettings.keep(before, next);
    List<ApiKey> inFile = next.apiKeys();
    putInForce(with(next, keys.withFile(inFile)));
    keys.fileSays(inFile);
    useKeys(keys.all());
  }

  /**
   * Takes over what gateways have announced of keys.
   *
   * @param entries all that the store has of them
   * @return whether other keys are in force now
   */
  synchronized boolean heardOfKeys(Map<String, String> entries) {
    List<ApiKey> before = config().apiKeys();
    boolean isOther = keys.heard(entries) && useKeys(keys.all());
    if (isOther) {
      KeyNewsLog.tell(before, config().apiKeys());
    }
    return isOther;
  }

  private boolean useKeys(List<ApiKey> next) {
    if (next.equals(config().apiKeys())) {
      return false;
    }
    use(with(config(), next), settings.tls());
    return true;
  }

  private static GatewayConfig with(GatewayConfig config, List<ApiKey> keys) {
    return config.draft().apiKeys(keys).build();
  }

  /**
   * Takes over what is in the files that the settings in force name.
   *
   * @throws ConfigException when it can't be used; nothing has changed then
   */
  synchronized void renewCertificates() throws ConfigException {
    putInForce(config());
  }

  /** Those of the settings in force don't wait until somebody has mended the file. */
  private void renewCertificates(ConfigException broken) {
    try {
      renewCertificates();
    } catch (ConfigException e) {
      broken.addSuppressed(e);
    }
  }

  /**
   * What the file said when it was read last, where nothing takes its place, and what gateways have
   * announced.
   */
  synchronized GatewayConfig written() {
    GatewayConfig config = override.apply(written);
    return with(config, keys.withFile(config.apiKeys()));
  }

  private void putInForce(GatewayConfig next) throws ConfigException {
    TlsFiles.Tls found = tlsFiles.read(next);
    use(next, found.toServers());
    tls = found.toClients();
    certificatesGoodUntil = found.goodUntil();
    ordered = found.ordered();
  }

  /**
   * Mints a key whose digest is kept in the file, and puts it in force; on all gateways, where
   * there are several, of which the store has to do where the file can't be written.
   *
   * @param name of its entry; empty for the next number
   * @throws IllegalArgumentException when it can't have that name
   * @throws IOException when it can't be written; no key was minted then
   */
  synchronized Admin.MintedKey newKey(String name) throws IOException {
    String key = mint();
    Set<String> names = config().apiKeys().stream().map(ApiKey::name).collect(toUnmodifiableSet());
    if (names.contains(name)) {
      throw new IllegalArgumentException("there is a key of this name already");
    }
    Function<Set<String>, ApiKey> choose =
        taken -> {
          String given = name.isEmpty() ? KeyMint.freeName(taken, config().apiKeys()) : name;
          return ApiKey.ofPlain(given, key, false);
        };
    ApiKey entry;
    try {
      entry = append(choose);
    } catch (IOException e) {
      entry = inStoreAlone(choose.apply(names), e);
    }
    return new Admin.MintedKey(entry.name(), key);
  }

  /**
   * Lets a key in again, or no more, in the file and in force; on all gateways, where there are
   * several, and then it need not be a key of the file, nor the file writable.
   *
   * @throws KeyRefusedException when there is none of that name, or nobody could administer then
   * @throws IOException when it can't be written; nothing has changed then
   */
  synchronized void switchKey(String name, boolean on) throws KeyRefusedException, IOException {
    KeySwitch change = new KeySwitch(name, on, Instant.now());
    String id = change.idAmong(config().apiKeys());
    ApiKey entry = keys.entry(id).orElseThrow().withDisabled(!on);
    try {
      ConfigWriter.Edited _ =
          writer.editApiKeys(
              file(),
              file.loader(),
              inFile -> {
                if (keys.areShared()) {
                  change.inFileOfOne(inFile, id);
                } else {
                  change.inFile(inFile);
                }
              });
    } catch (ConfigException e) {
      throw new IOException(e.getMessage(), e);
    } catch (IOException e) {
      ApiKey _ = inStoreAlone(entry, e);
      return;
    }
    keys.switched(entry);
    useKeys(keys.all());
  }

  /**
   * Puts a key in force that couldn't be written to the file.
   *
   * @throws IOException the same, where no store keeps it
   */
  private ApiKey inStoreAlone(ApiKey entry, IOException e) throws IOException {
    if (!keys.areShared() || e.getCause() instanceof ConfigException) {
      throw e;
    }
    keys.changed(entry, false);
    useKeys(keys.all());
    LOG.log(
        System.Logger.Level.WARNING,
        "the key " + entry.name() + " is kept in the store alone: " + e.getMessage());
    return entry;
  }

  /**
   * Lets a key in as an administrator, and keeps only its digest in the file.
   *
   * @throws IOException when it can't be written; the key isn't let in then
   */
  synchronized void addAdmin(String name, String key) throws IOException {
    ApiKey entry = ApiKey.ofPlain(name, key, true);
    ApiKey _ = append(_ -> entry);
  }

  /** A key that isn't let in yet. */
  String mint() {
    return mint.mint();
  }

  /** Deletes copies of the file that a killed gateway or command has left, as they hold keys. */
  synchronized void deleteLeftovers() {
    try {
      int count = writer.deleteLeftovers(file.path());
      if (count > 0) {
        LOG.log(
            System.Logger.Level.INFO,
            "deleted unfinished copies of " + file() + " that a killed process had left: " + count);
      }
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "unfinished copies of "
              + file()
              + " can't be deleted, and may hold keys: "
              + e.getMessage());
    }
  }

  private ApiKey append(Function<Set<String>, ApiKey> choose) throws IOException {
    AtomicReference<ApiKey> chosen = new AtomicReference<>();
    try {
      ConfigWriter.Written written =
          writer.appendApiKey(
              file(),
              taken -> {
                ApiKey entry = choose.apply(taken);
                // Made first: what can't be used must not be written.
                GatewayConfig _ = with(config(), keys.with(entry));
                chosen.set(entry);
                return entry;
              });
      if (written == ConfigWriter.Written.IN_PLACE) {
        LOG.log(System.Logger.Level.INFO, file() + " was written in place: it can't be replaced");
      }
    } catch (ConfigException e) {
      throw new IOException(e.getMessage(), e);
    }
    ApiKey entry = chosen.get();
    keys.changed(entry, true);
    useKeys(keys.all());
    return entry;
  }

  private void use(GatewayConfig next, ServerTls toServers) {
    settings = settings.reconfigured(next, toServers);
    serverOptions = serverOptions(settings);
  }

  private static ServerOptions serverOptions(Settings settings) {
    GatewayConfig config = settings.config();
    var timeouts = config.timeouts();
    var limits = config.limits();
    return new ServerOptions(
        new HeadLimits(limits.headBytes(), limits.fields(), limits.targetBytes()),
        timeouts.headSeconds() * 1000L,
        timeouts.keepAliveSeconds() * 1000L,
        timeouts.bodyIdleSeconds() * 1000L,
        timeouts.writeStallSeconds() * 1000L,
        timeouts.lingerSeconds() * 1000L,
        limits.connections(),
        limits.connectionsPerAddress(),
        limits.reservedConnections(),
        timeouts.tcpKeepAliveSeconds(),
        new TrustedProxies(settings.trustedProxies()::contains, config.security().proxyProtocol()),
        config.cors().isForAll());
  }
}
