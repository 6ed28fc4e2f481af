package ollama.gateway.app.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A gateway in a process of its own, which can be given less than others have. */
public final class ChildGateway implements AutoCloseable {

  private static final String MAIN = "ollama.gateway.app/ollama.gateway.app.Main";
  private static final long END_SECONDS = 60;
  private static final long LOG_SECONDS = 60;

  private final Path folder;
  private final Path err;
  private final List<String> command;
  private final Process process;
  private final InetSocketAddress address;

  private ChildGateway(Path folder, TestGateway.Plan plan, String before, List<String> jvm)
      throws IOException {
    this.folder = folder;
    this.err = folder.resolve("err");
    Path config = folder.resolve("config.json");
    Files.writeString(config, plan.json());
    command = new ArrayList<>(List.of("sh", "-c", before + "\nexec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(JvmOptions.ofTheseTests());
    command.addAll(jvm);
    command.addAll(List.of("--module-path", jars(System.getProperty("jdk.module.path"))));
    command.addAll(List.of("--class-path", jars(System.getProperty("java.class.path"))));
    command.addAll(List.of("--module", MAIN));
    process = run("--config", config.toString()).redirectError(err.toFile()).start();
    address = listening();
  }

  /**
   * Starts one and waits until it listens.
   *
   * @param before what the shell does first, such as {@code ulimit -n 128}
   * @param jvm more options of the JVM
   */
  public static ChildGateway start(TestGateway.Plan plan, String before, String... jvm)
      throws IOException {
    return new ChildGateway(Files.createTempDirectory("child-gateway"), plan, before, List.of(jvm));
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /** Connects to it. */
  public RawClient connect() throws IOException {
    return new RawClient(address);
  }

  /** Its process. */
  public long pid() {
    return process.pid();
  }

  /** Its settings file. */
  public Path file() {
    return folder.resolve("config.json");
  }

  /** What it has logged so far: what an answer brings with it is written a moment later. */
  public String log() throws IOException {
    return Files.readString(err);
  }

  /** What it has logged once this is part of it. */
  public String logOnceItHas(String text) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LOG_SECONDS);
    String log = log();
    while (!log.contains(text)) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("this isn't logged: " + text + "; but this is: " + log);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      log = log();
    }
    return log;
  }

  /** All its threads with their stacks, virtual ones too, as an operator would look at them. */
  public String threadDump() throws IOException, InterruptedException {
    Path dump = folder.resolve("threads");
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(process.pid()),
                "Thread.dump_to_file",
                "-overwrite",
                dump.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (jcmd.waitFor() != 0) {
      throw new IOException("jcmd failed: " + said);
    }
    return Files.readString(dump);
  }

  /** Its open file descriptors. */
  public long openDescriptors() throws IOException {
    try (Stream<Path> all = Files.list(proc("fd"))) {
      return all.count();
    }
  }

  /** Those of them that stand for this, such as {@code anon_inode:[eventfd]}. */
  public long openDescriptors(String target) throws IOException {
    long count = 0;
    try (Stream<Path> all = Files.list(proc("fd"))) {
      for (Path each : all.toList()) {
        try {
          count += Files.readSymbolicLink(each).toString().equals(target) ? 1 : 0;
        } catch (NoSuchFileException e) {
          // Closed since.
        }
      }
    }
    return count;
  }

  /** Its platform threads whose names begin so. */
  public long threads(String prefix) throws IOException {
    long count = 0;
    try (Stream<Path> all = Files.list(proc("task"))) {
      for (Path each : all.toList()) {
        try {
          count += Files.readString(each.resolve("comm")).startsWith(prefix) ? 1 : 0;
        } catch (IOException e) {
          // Ended since.
        }
      }
    }
    return count;
  }

  /** The memory that is its own, as far as it is in use. */
  public long residentBytes() throws IOException {
    String line =
        Files.readAllLines(proc("status")).stream()
            .filter(ChildGateway::isResident)
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
  }

  /** What {@code version} says where this one runs. */
  public String version() throws IOException {
    Process version = run("version").start();
    return new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Changes the number that a new descriptor of its must stay below. */
  public void limitDescriptors(int soft) throws IOException, InterruptedException {
    Process prlimit =
        new ProcessBuilder("prlimit", "--pid", "" + process.pid(), "--nofile=" + soft + ":")
            .inheritIO()
            .start();
    if (prlimit.waitFor() != 0) {
      throw new IOException("prlimit failed");
    }
  }

  /**
   * The least CPU time that it took in any of some seconds: one may be a compiler's or a
   * collector's, but who spins never rests.
   */
  public long quietestSecondMillis(long enoughMillis) throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 20 && least > enoughMillis; i++) {
      long before = cpuMillis();
      if (process.waitFor(1, TimeUnit.SECONDS)) {
        throw new AssertionError("it ended");
      }
      least = Math.min(least, cpuMillis() - before);
    }
    return least;
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("it doesn't end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private ProcessBuilder run(String... arguments) {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(arguments));
    return new ProcessBuilder(all);
  }

  private static boolean isResident(String line) {
    return line.startsWith("RssAnon:");
  }

  private Path proc(String name) {
    return Path.of("/proc", Long.toString(process.pid()), name);
  }

  private long cpuMillis() {
    return process.info().totalCpuDuration().orElseThrow().toMillis();
  }

  private InetSocketAddress listening() throws IOException {
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    while (line != null && !line.startsWith("listening on ")) {
      line = out.readLine();
    }
    if (line == null) {
      throw new AssertionError("it ended: " + log());
    }
    int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  /**
   * Puts folders of classes into archives, as they are in use: an archive stays open, while each
   * class of a folder needs a descriptor of its own.
   */
  private String jars(String path) throws IOException {
    List<String> jars = new ArrayList<>();
    for (String entry : path.split(":", -1)) {
      Path place = Path.of(entry);
      jars.add(Files.isDirectory(place) && !entry.isEmpty() ? jar(place).toString() : entry);
    }
    return jars.stream().collect(Collectors.joining(":"));
  }

  private Path jar(Path classes) throws IOException {
    Path jar = Files.createTempFile(folder, "classes", ".jar");
    try (Stream<Path> files = Files.walk(classes);
        OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, entries);
      }
    }
    return jar;
  }
}
