package ollama.gateway.app;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import ollama.gateway.app.acme.Challenges;
import ollama.gateway.app.acme.Renewals;
import ollama.gateway.app.log.AccessLines;
import ollama.gateway.app.log.GatewayLoggerFinder;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.HealthMonitor;
import ollama.gateway.balancer.InventoryMonitor;
import ollama.gateway.balancer.Upstream;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.OllamaServer;
import ollama.gateway.config.UpstreamAddress;
import ollama.gateway.demo.DemoServer;
import ollama.gateway.demo.Pace;
import ollama.gateway.http.client.Resolver;
import ollama.gateway.http.client.UpstreamClient;
import ollama.gateway.http.loop.DescriptorBudget;
import ollama.gateway.http.loop.EventLoops;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.server.HttpServer;
import ollama.gateway.http.tls.TlsChallenges;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.proxy.AdminException;
import ollama.gateway.proxy.Console;
import ollama.gateway.proxy.Gateway;
import ollama.gateway.proxy.HttpChallenges;
import ollama.gateway.proxy.HttpInventory;
import ollama.gateway.proxy.HttpProbe;
import ollama.gateway.proxy.OffLoop;
import ollama.gateway.proxy.ServerTls;
import ollama.gateway.shared.SharedState.Table;
import ollama.gateway.usage.Ledger;

/** A whole gateway: everything is wired here, and nowhere else. */
public final class GatewayProcess implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(GatewayProcess.class.getName());

  /** A server alone is asked for its models when somebody waits, and else this seldom. */
  private static final int ALONE_SECONDS = 60;

  /** A drain without a bound, as far as anybody will see. */
  private static final Duration UNBOUNDED = Duration.ofDays(365);

  private final EventLoops loops;
  private final Optional<DemoServer> demo;
  private final Ledger ledger;
  private final Sharing sharing;
  private final SettingsHolder holder;
  private final Administration administration;
  private final HourWatch hour;
  private final Optional<String> descriptorWarning;
  private final UpstreamClient client;
  private final Resolver resolver = new Resolver();
  private final OffLoop offLoop = new OffLoop();
  private final GatewayMetrics metrics;
  private final HttpServer server;
  private final HealthMonitor monitor;
  private final InventoryMonitor models;
  private final Listeners listeners;
  private final Renewals renewals;
  private final AccessLines accessLines;
  private final Traces traces;
  private Optional<SettingsWatch> watch = Optional.empty();

  private GatewayProcess(Path config, Map<String, String> environment, boolean withDemo)
      throws IOException, ConfigException {
    SettingsFile file = new SettingsFile(config, new ConfigLoader(environment));
    GatewayConfig written = file.read();
    Sharing.check(written.shared(), config);
    loops = Loops.start(written);
    demo = withDemo ? Optional.of(startDemo()) : Optional.empty();
    ledger = StateDirectory.openLedger(config, written, environment);
    Path state = StateDirectory.of(config, written, environment);
    TlsChallenges tlsChallenges = new TlsChallenges();
    TlsFiles tlsFiles = new TlsFiles(config, environment, tlsChallenges);
    String ledgerName = LedgerName.of(written.shared(), ledger, state);
    sharing = Sharing.of(written.shared(), ledgerName, tlsFiles::toStore);
    holder =
        new SettingsHolder(
            file,
            tlsFiles,
            written,
            ledger,
            override(),
            new ServerLog(this::countLeftOut),
            sharing);
    // Now that the loops have theirs.
    Descriptors descriptors = Descriptors.ofThisProcess();
    int servers = holder.settings().balancer().servers().size();
    var limits = holder.config().limits();
    DescriptorBudget budget = descriptors.budget(servers, limits.reservedConnections());
    descriptorWarning =
        descriptors.warning(limits.connections(), servers, limits.reservedConnections());
    client =
        new UpstreamClient(
            loops, resolver, budget, () -> holder.config().timeouts().tcpKeepAliveSeconds());
    metrics =
        new GatewayMetrics(
            holder.config().metrics().namespace(),
            new LiveView(
                holder::settings,
                holder::certificatesGoodUntil,
                ledger,
                loops,
                this::connectionCount));
    BoundedLog log = new BoundedLog(System.getLogger("ollama.gateway.http"));
    HttpChallenges challenges = new HttpChallenges();
    accessLines =
        new AccessLines(new FileOutputStream(FileDescriptor.out), metrics::accessLinesDropped);
    traces = new Traces(metrics.traces(), log, tlsFiles::toCollector);
    AccessLog accessLog = new AccessLog(log, accessLines, traces);
    administration = new Administration(holder, new AfterReload());
    Console console = new Console(administration, Version.number());
    hour = new HourWatch(console.hour(), metrics, Thread.ofVirtual()::unstarted);
    Gateway gateway =
        new Gateway(holder::settings, client, console, metrics, offLoop, accessLog, challenges);
    renewals = new Renewals(new Challenges(challenges, tlsChallenges), this::useRenewed);
    server =
        new HttpServer(
            holder::serverOptions,
            loops,
            gateway,
            new ServerEventRecorder(metrics, log),
            budget,
            MemoryBudget.quarterOfHeap(),
            MemoryBudget.eighthOfHeap());
    listeners = new Listeners(server);
    ServerTls tls = asked -> holder.settings().tls().of(asked);
    monitor =
        new HealthMonitor(
            new CountingProbe(new HttpProbe(client, loops, tls), metrics.upstreams()),
            Thread.ofVirtual()::unstarted);
    models =
        new InventoryMonitor(new HttpInventory(client, loops, tls), Thread.ofVirtual()::unstarted);
  }

  /**
   * Reads the settings and makes a gateway that doesn't listen yet.
   *
   * @param config the settings' file
   * @param environment what {@code ${NAME}} stands for
   * @param withDemo whether a stand-in takes the place of the configured servers
   * @throws ConfigException when the settings can't be used
   * @throws IOException when the system refuses what is needed
   */
  public static GatewayProcess create(
      Path config, Map<String, String> environment, boolean withDemo)
      throws IOException, ConfigException {
    return new GatewayProcess(config, environment, withDemo);
  }

  /**
   * Listens and checks servers from now on. To be called on a platform thread.
   *
   * @throws IOException when an address can't be bound; the message names it, and what to do
   */
  public void listen() throws IOException {
    applyLogging();
    sharing.start(
        metrics.shared(),
        holder.settings().balancer().line(),
        ledger.changes(),
        this::useAnnounced);
    listeners.open(holder.config(), () -> holder.tls().orElseThrow());
    watchServers();
    hour.start();
    StartLog.tell(loops, holder.settings().balancer().servers(), descriptorWarning);
    KeyLog.warn(holder.settings().keys(), holder.file(), holder.config().watchConfig());
    holder.deleteLeftovers();
    // Behind listening: an authority looks whether somebody is there.
    renewals.set(holder.ordered());
  }

  private void useAnnounced(Table table, Map<String, String> entries) {
    switch (table) {
      case KEYS -> {
        if (holder.heardOfKeys(entries)) {
          watchServers();
        }
      }
      case DRAINS -> {
        sharing.heardOfDrains(entries);
        drainServers();
      }
    }
  }

  private void drainServers() {
    sharing.drain(holder.settings().balancer().servers());
  }

  private synchronized void watchServers() {
    Balancer balancer = holder.settings().balancer();
    monitor.watch(balancer, holder.config().loadBalancer());
    boolean heedsModels = holder.settings().heedsModels();
    models.watch(
        balancer.asksForModels() || heedsModels ? balancer.servers() : List.of(),
        heedsModels ? holder.config().loadBalancer().modelsIntervalInSeconds() : ALONE_SECONDS);
  }

  /**
   * Takes a changed settings file over by itself from now on, unless the settings say otherwise.
   */
  synchronized void watchSettings() {
    SettingsWatch looking =
        SettingsWatch.of(
            holder.file(),
            holder::watched,
            holder::fileHasChanged,
            this::reloadOrLog,
            System::nanoTime);
    watch = Optional.of(looking);
    looking.set(holder.config().watchConfig());
  }

  /** Reads the settings anew; when that isn't possible, the log says why. */
  void reloadOrLog() {
    try {
      reload();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, e.getMessage());
    }
  }

  /** Where it listens, with the chosen ports; at least one after {@link #listen}. */
  public List<InetSocketAddress> addresses() {
    return listeners.bound();
  }

  /** The settings in force. */
  public GatewayConfig config() {
    return holder.config();
  }

  /** Where it listens, in the order of the settings; after {@link #listen}. */
  List<Listening> listening() {
    return listeners.all();
  }

  /**
   * Reads the settings anew and puts them in force.
   *
   * @throws AdminException when that isn't possible; the old ones stay
   */
  public void reload() throws AdminException {
    administration.reload();
  }

  private synchronized void useReloaded() {
    drainServers();
    applyLogging();
    watchServers();
    renewals.set(holder.ordered());
    watch.ifPresent(looking -> looking.set(holder.config().watchConfig()));
  }

  /** A key that isn't let in yet. */
  String mint() {
    return holder.mint();
  }

  /**
   * Lets a key in as an administrator and keeps its digest in the file.
   *
   * @throws IOException when the file can't be written; the key isn't let in then
   */
  void addAdmin(String name, String key) throws IOException {
    holder.addAdmin(name, key);
  }

  /** Whether a key is let in. */
  boolean accepts(String key) {
    return holder.settings().keys().authenticate(key).isPresent();
  }

  /**
   * Stops: no new connections, running answers end within {@code timeouts.drainSeconds}, what is
   * left then is cut.
   *
   * @throws InterruptedException when interrupted while waiting
   */
  public void stop() throws InterruptedException {
    // Nobody who looks whether a host leads here would find anybody from now on.
    renewals.close();
    int seconds = holder.config().timeouts().drainSeconds();
    LOG.log(
        System.Logger.Level.INFO, "stopping: " + server.connectionCount() + " connections drain");
    if (!server.drain(seconds == 0 ? UNBOUNDED : Duration.ofSeconds(seconds))) {
      LOG.log(
          System.Logger.Level.WARNING,
          server.connectionCount() + " connections didn't end in " + seconds + " s and are cut");
    }
    close();
    LOG.log(System.Logger.Level.INFO, "stopped");
  }

  /** Stops at once. */
  @Override
  public void close() {
    stopWatching();
    sharing.stopReading();
    renewals.close();
    server.close();
    monitor.close();
    models.close();
    hour.close();
    client.close();
    demo.ifPresent(DemoServer::close);
    offLoop.close();
    resolver.close();
    loops.close();
    sharing.close();
    // What the last requests used, too.
    ledger.close();
    accessLines.flush();
    traces.close();
  }

  /** A certificate that was ordered has come. */
  private void useRenewed() {
    try {
      holder.renewCertificates();
      doubtFiles();
    } catch (ConfigException e) {
      LOG.log(System.Logger.Level.ERROR, "the new certificate can't be used: " + e.getMessage());
    }
  }

  private synchronized void doubtFiles() {
    watch.ifPresent(SettingsWatch::doubt);
  }

  private synchronized void stopWatching() {
    watch.ifPresent(SettingsWatch::close);
  }

  private final class AfterReload implements Administration.Reloaded {
    @Override
    public void done() {
      useReloaded();
      metrics.configReloaded(true);
    }

    @Override
    public void failed() {
      metrics.configReloaded(false);
    }

    @Override
    public void keysChanged() {
      watchServers();
    }
  }

  /** Nothing is sent to a server, and none left out, before there are metrics. */
  private void countLeftOut(Upstream server) {
    metrics.upstreams().ejected(server.toString());
  }

  private int connectionCount() {
    return server == null ? 0 : server.connectionCount();
  }

  private DemoServer startDemo() throws IOException {
    InetAddress here = InetAddress.ofLiteral("127.0.0.1");
    return DemoServer.start(loops, new InetSocketAddress(here, 0), Pace.human());
  }

  private UnaryOperator<GatewayConfig> override() {
    if (demo.isEmpty()) {
      return UnaryOperator.identity();
    }
    InetSocketAddress address = demo.get().address();
    UpstreamAddress stand =
        new UpstreamAddress(address.getAddress().getHostAddress(), address.getPort(), "");
    return config -> config.draft().ollamaAddresses(List.of(OllamaServer.ofPlain(stand))).build();
  }

  private void applyLogging() {
    GatewayLoggerFinder.installed().logEvents(holder.config().logging());
    Path folder = holder.file().toAbsolutePath().normalize().getParent();
    accessLines.configure(holder.config().accessLog(), folder == null ? Path.of("/") : folder);
    traces.configure(holder.config().tracing());
  }
}
