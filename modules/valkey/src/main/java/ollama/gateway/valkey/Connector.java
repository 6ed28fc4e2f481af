package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import ollama.gateway.config.SharedConfig;
import ollama.gateway.config.StoreUrl;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultJedisSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Connects to the store, and asks Sentinels where it is. With TLS, who answers is believed only
 * with a certificate for the very name or address that was asked for, be it one of the settings or
 * one that a Sentinel has told.
 */
final class Connector {

  static {
    // Jedis' log, which is of no use to an operator, has nowhere to go; SLF4J would say so.
    System.setProperty("slf4j.internal.verbosity", "ERROR");
  }

  private final SharedConfig config;
  private final Supplier<Optional<SSLSocketFactory>> tls;

  /**
   * One.
   *
   * @param tls what speaks TLS, asked for each connection; empty for what the JDK has
   */
  Connector(SharedConfig config, Supplier<Optional<SSLSocketFactory>> tls) {
    this.config = config;
    this.tls = tls;
  }

  /** The settings of what is shared. */
  SharedConfig config() {
    return config;
  }

  /**
   * Connects.
   *
   * @throws JedisException if that fails, or takes longer than may be waited
   */
  Wire connect() {
    StoreUrl store = config.store();
    HostAndPort server =
        store.master().isPresent()
            ? master(store, store.master().get())
            : of(store.hosts().getFirst());
    BoundedConnection connection =
        connection(
            server,
            patient()
                .user(store.user().isEmpty() ? null : store.user())
                .password(config.password().isEmpty() ? null : config.password())
                .database(store.database())
                .build());
    try {
      connection.connect();
      return new Wire(connection);
    } catch (RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** Whom the Sentinels say it is; the first that answers is believed. */
  private HostAndPort master(StoreUrl store, String name) {
    List<String> failures = new ArrayList<>();
    for (StoreUrl.Host host : store.hosts()) {
      try {
        List<String> address = askSentinel(host, name);
        if (address != null) {
          return new HostAndPort(address.get(0), Integer.parseInt(address.get(1)));
        }
        failures.add(host + " knows no " + name);
      } catch (JedisException e) {
        failures.add(host + ": " + Reason.of(e));
      }
    }
    throw new JedisException("no Sentinel says where it is: " + String.join("; ", failures));
  }

  /** Who asks for a password hears the store's. */
  private @Nullable List<String> askSentinel(StoreUrl.Host host, String name) {
    try {
      return askSentinel(host, name, patient().build());
    } catch (JedisDataException e) {
      if (config.password().isEmpty() || !String.valueOf(e.getMessage()).startsWith("NOAUTH")) {
        throw e;
      }
      return askSentinel(host, name, patient().password(config.password()).build());
    }
  }

  private @Nullable List<String> askSentinel(
      StoreUrl.Host host, String name, JedisClientConfig how) {
    try (Jedis sentinel = new Jedis(connection(of(host), how))) {
      return sentinel.sentinelGetMasterAddrByName(name);
    }
  }

  private DefaultJedisClientConfig.Builder patient() {
    return DefaultJedisClientConfig.builder()
        .connectionTimeoutMillis(config.timeoutMillis())
        .socketTimeoutMillis(config.timeoutMillis())
        // It looks up its own version, which isn't where it looks in an image.
        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED);
  }

  private BoundedConnection connection(HostAndPort server, JedisClientConfig how) {
    JedisSocketFactory plain = new DefaultJedisSocketFactory(server, how);
    return BoundedConnection.open(
        config.isSecured() ? secured(plain, server) : plain, how, BoundedConnection.bytesMax());
  }

  private JedisSocketFactory secured(JedisSocketFactory plain, HostAndPort server) {
    SSLSocketFactory with =
        tls.get().orElseGet(() -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    return new TlsSockets(plain, with, server);
  }

  private static HostAndPort of(StoreUrl.Host host) {
    return new HostAndPort(host.host(), host.port());
  }
}
