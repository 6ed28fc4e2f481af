package ollama.gateway.jmh.sidebyside;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A proxy under measurement: a process of its own, found by its port. */
final class Peer implements AutoCloseable {

  static final String GATEWAY = "gateway";

  /** The same image with what the JDK has instead of io_uring. */
  static final String GATEWAY_NIO = "gateway-nio";

  /** The same with a log. */
  static final String GATEWAY_LOGGING = "gateway-logging";

  /** The same with a key that is limited in all ways, and whose tokens are counted. */
  static final String GATEWAY_KEYS = "gateway-keys";

  /** The same that chooses between two servers, which are one under two names. */
  static final String GATEWAY_TWO = "gateway-two";

  /** The same with all on that tells what goes on: a log for programs, and traces. */
  static final String GATEWAY_SEEN = "gateway-seen";

  /** The full image, which asks a store for each request's limits. */
  static final String GATEWAY_SHARED = "gateway-shared";

  /** Another image, to be compared with. */
  static final String GATEWAY_BEFORE = "gateway-before";

  static final String NGINX = "nginx";

  /** The same with buffers of 64 KiB instead of its own choice, which is small for large bodies. */
  static final String NGINX_64K = "nginx-64k";

  private static final String NGINX_64K_BUFFERS =
      "proxy_buffer_size 64k; proxy_buffers 4 64k; client_body_buffer_size 64k;";

  private static final long START_SECONDS_MAX = 30;

  /** More descriptors where the system allows it: 10,000 clients, and a connection for each. */
  private static final List<String> RAISE_DESCRIPTORS =
      List.of("sh", "-c", "ulimit -n 45000 2>/dev/null; exec \"$@\"", "sh");

  /** {@code "loop-0" #20 … allocated=28704K …}. */
  private static final Pattern LOOP_ALLOCATED =
      Pattern.compile("^\"loop-.*allocated=(\\d+)([BKMG]?)");

  private final String name;
  private final int port;
  private final Optional<Process> process;
  private final Optional<TlsPair> tls;

  private Peer(String name, int port, Optional<Process> process, Optional<TlsPair> tls) {
    this.name = name;
    this.port = port;
    this.process = process;
    this.tls = tls;
  }

  /** No proxy: the load goes to the server itself. */
  static Peer direct(int upstreamPort) {
    return new Peer("direct", upstreamPort, Optional.empty(), Optional.empty());
  }

  /** A program that copies bytes between its port and the server. */
  static Peer pump(String name, Path program, Path folder, int upstreamPort) throws IOException {
    int port = freePort();
    return start(
        name,
        port,
        new Setup(folder, upstreamPort, Optional.empty()),
        List.of(
            program.toString(),
            Integer.toString(port),
            "127.0.0.1",
            Integer.toString(upstreamPort)));
  }

  /** nginx at its best for this: no buffering, connections to the server kept. */
  static Peer nginx(String name, String program, Setup setup) throws IOException {
    Path folder = setup.folder();
    int port = freePort();
    Path config = folder.resolve(name + ".conf");
    Files.writeString(
        config,
        """
        daemon off;
        worker_processes 1;
        worker_rlimit_nofile 45000;
        pid %1$s/%5$s.pid;
        error_log %1$s/%5$s.log;
        events { worker_connections 40000; }
        http {
          access_log off;
          tcp_nodelay on;
          keepalive_requests 1000000000;
          keepalive_timeout 600s;
          client_max_body_size 0;
          client_body_temp_path %1$s/%5$s-body;
          proxy_temp_path %1$s/%5$s-proxy;
          fastcgi_temp_path %1$s/%5$s-fastcgi;
          uwsgi_temp_path %1$s/%5$s-uwsgi;
          scgi_temp_path %1$s/%5$s-scgi;
          map $http_authorization $known { default 0; "Bearer %2$s" 1; }
          upstream ollama {
            server 127.0.0.1:%3$d;
            keepalive 10000;
            keepalive_requests 1000000000;
          }
          server {
            listen 127.0.0.1:%4$d backlog=4096 %7$s
            location / {
              if ($known = 0) { return 401; }
              proxy_pass http://ollama;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_buffering off;
              proxy_request_buffering off;
              %6$s
              proxy_read_timeout 600s;
            }
          }
        }
        """
            .formatted(
                folder,
                Load.KEY,
                setup.upstreamPort(),
                port,
                name,
                name.equals(NGINX_64K) ? NGINX_64K_BUFFERS : "",
                setup.tls().map(Peer::nginxTls).orElse(";")));
    return start(
        name, port, setup, List.of(program, "-c", config.toString(), "-p", folder.toString()));
  }

  /** HAProxy at its best for this: one thread, no delay, connections to the server shared. */
  static Peer haproxy(String program, Setup setup) throws IOException {
    int port = freePort();
    Path config = setup.folder().resolve("haproxy.cfg");
    Files.writeString(
        config,
        """
        global
          nbthread 1
        defaults
          mode http
          option http-no-delay
          option http-keep-alive
          http-reuse always
          timeout connect 5s
          timeout client 600s
          timeout server 600s
          timeout http-keep-alive 600s
        frontend clients
          bind 127.0.0.1:%d backlog 4096 %s
          http-request deny deny_status 401 unless { req.hdr(authorization) -m str "Bearer %s" }
          default_backend ollama
        backend ollama
          server one 127.0.0.1:%d pool-max-conn 10000
        """
            .formatted(
                port,
                setup.tls().map(pair -> "ssl crt " + pair.bothFile()).orElse(""),
                Load.KEY,
                setup.upstreamPort()));
    return start("haproxy", port, setup, List.of(program, "-f", config.toString(), "-db"));
  }

  /** With tickets, as is its default. */
  private static String nginxTls(TlsPair pair) {
    return "ssl; ssl_certificate %s; ssl_certificate_key %s; ssl_protocols TLSv1.2 TLSv1.3;"
        .formatted(pair.certificateFile(), pair.keyFile());
  }

  static Peer start(String name, int port, Setup setup, List<String> command) throws IOException {
    Path folder = setup.folder();
    List<String> line = new ArrayList<>(RAISE_DESCRIPTORS);
    line.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".out").toFile());
    Map<String, String> environment = builder.environment();
    environment.remove("JAVA_TOOL_OPTIONS");
    Peer peer = new Peer(name, port, Optional.of(builder.start()), setup.tls());
    peer.awaitListening(folder);
    return peer;
  }

  String name() {
    return name;
  }

  int port() {
    return port;
  }

  /** Whose certificate it has; empty where it speaks no TLS. */
  Optional<X509Certificate> certificate() {
    return tls.map(TlsPair::certificate);
  }

  /** CPU time used so far, in microseconds; 0 for no proxy. */
  long cpuMicros() throws IOException {
    long ticks = 0;
    for (long pid : pids()) {
      ticks += ProcFiles.cpuTicks(pid);
    }
    return ticks * ProcFiles.MICROS_PER_TICK;
  }

  /** How often its threads have gone to sleep so far; 0 for no proxy. */
  long waits() throws IOException {
    long sum = 0;
    for (long pid : pids()) {
      sum += ProcFiles.waits(pid);
    }
    return sum;
  }

  /**
   * What the event loops of a gateway have allocated since its start, in bytes: the JVM keeps count
   * for each thread.
   */
  long allocatedBytes() throws IOException, InterruptedException {
    long sum = 0;
    int loops = 0;
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(process.orElseThrow().pid()),
                "Thread.print",
                "-e=true")
            .redirectErrorStream(true)
            .start();
    try (BufferedReader lines = jcmd.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher matcher = LOOP_ALLOCATED.matcher(line);
        if (matcher.find()) {
          sum += Long.parseLong(matcher.group(1)) << shift(matcher.group(2));
          loops++;
        }
      }
    }
    // A sum of nothing would look like the best figure there is.
    if (jcmd.waitFor() != 0 || loops == 0) {
      throw new IOException("jcmd Thread.print told of no loop of " + name);
    }
    return sum;
  }

  private static int shift(String unit) {
    return switch (unit) {
      case "K" -> 10;
      case "M" -> 20;
      case "G" -> 30;
      default -> 0;
    };
  }

  /** Resident memory in MiB; 0 for no proxy. */
  double residentMebibytes() throws IOException {
    double sum = 0;
    for (long pid : pids()) {
      sum += ProcFiles.residentMebibytes(pid);
    }
    return sum;
  }

  /** Whether it is a JVM, which gets quicker while it runs. */
  boolean warmsUp() {
    return name.startsWith(GATEWAY);
  }

  /** The process's id; empty for no proxy. */
  Optional<Long> pid() {
    return process.map(Process::pid);
  }

  @Override
  public void close() {
    process.ifPresent(
        running -> {
          running.descendants().forEach(ProcessHandle::destroy);
          running.destroy();
          try {
            if (!running.waitFor(10, TimeUnit.SECONDS)) {
              running.destroyForcibly();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private List<Long> pids() {
    List<Long> pids = new ArrayList<>();
    process.ifPresent(
        running -> {
          pids.add(running.pid());
          running.descendants().forEach(child -> pids.add(child.pid()));
        });
    return pids;
  }

  private void awaitListening(Path folder) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (true) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        boolean ended = process.isPresent() && !process.get().isAlive();
        if (ended || System.nanoTime() > deadline) {
          close();
          String said = Files.readString(folder.resolve(name + ".out"));
          throw new IOException(name + " doesn't start: " + said, e);
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
