package ollama.gateway.app.soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import ollama.gateway.app.testing.FakeUpstream;

/** Soaks the linked gateway, then, more shortly, the same modules on a JDK that records pinning. */
public final class Soak {

  private static final double TASK_MILLIS_MAX = 50;
  private static final double MEBIBYTES_MAX = 400;
  private static final double MEBIBYTES_GROWTH_MAX = 48;
  private static final double DESCRIPTORS_GROWTH_MAX = 4;
  private static final double THREADS_GROWTH_MAX = 8;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS (yyyy-MM-dd)", Locale.ROOT);
  private static final int SETTLE_SECONDS = 30;

  /** Samples, at least a second apart, over which a longest task is told. */
  private static final int WINDOW = 120;

  private final Path folder;
  private final long seed;
  private final List<String> wrong = new ArrayList<>();
  private LocalDateTime loadBegan = LocalDateTime.MAX;

  private Soak(Path folder, long seed) {
    this.folder = folder;
    this.seed = seed;
  }

  /**
   * Takes the launcher, the folder of the modules, minutes, and perhaps the seed of a former run.
   */
  public static void main(String[] arguments) throws Exception {
    long seconds = Math.round(Double.parseDouble(arguments[2]) * 60);
    long seed = arguments.length > 3 ? Long.parseLong(arguments[3]) : System.nanoTime();
    Path folder = Files.createTempDirectory("soak");
    System.out.printf("seed %d, files in %s%n", seed, folder);
    Soak soak = new Soak(folder, seed);
    soak.latency(List.of(arguments[0]));
    soak.run("linked image", List.of(arguments[0]), seconds);
    soak.pinning(Path.of(arguments[1]), Math.max(20, seconds / 5));
    soak.wrong.forEach(line -> System.out.println("WRONG: " + line));
    System.out.println(soak.wrong.isEmpty() ? "All is flat." : "The soak found something.");
    System.exit(soak.wrong.isEmpty() ? 0 : 1);
  }

  private void latency(List<String> command) throws Exception {
    Path place = Files.createDirectory(folder.resolve("latency"));
    try (FakeUpstream upstream = FakeUpstream.simple();
        Subject subject = new Subject(command, place, List.of(upstream.url()))) {
      wrong.addAll(new Latency(subject, upstream).measure());
    }
  }

  private void run(String title, List<String> command, long seconds) throws Exception {
    Path place = Files.createDirectory(folder.resolve(title.replace(' ', '-')));
    List<Sample> samples = new ArrayList<>();
    try (Faults faults = new Faults(seed);
        Subject subject = new Subject(command, place, faults.urls())) {
      for (int i = 0; i < 20; i++) {
        String _ = subject.get("/api/tags");
      }
      Sample idle = subject.sample();
      loadBegan = LocalDateTime.now(ZoneId.systemDefault());
      Load load = new Load(subject, seed);
      try (load) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end && subject.alive()) {
          faults.turn(subject);
          samples.add(subject.sample());
          Thread.sleep(1000);
        }
      }
      faults.stop();
      Sample settled = settled(subject, idle);
      print(title, samples, idle, settled, faults.injected(), load);
      judge(title, samples, idle, settled, load);
      int status = subject.stop();
      expect(status == 0, title + " ended with " + status);
    }
  }

  /** Connections to servers that went away are given back as soon as somebody notices. */
  private static Sample settled(Subject subject, Sample idle) throws Exception {
    Sample sample = subject.sample();
    for (int i = 0; i < SETTLE_SECONDS && !flat(sample, idle); i++) {
      Thread.sleep(1000);
      sample = subject.sample();
    }
    return sample;
  }

  private static boolean flat(Sample now, Sample idle) {
    return now.descriptors() <= idle.descriptors() + DESCRIPTORS_GROWTH_MAX
        && now.threads() <= idle.threads() + THREADS_GROWTH_MAX
        && now.leases() == 0
        && now.requests() <= 1
        && now.connections() <= 1;
  }

  private void judge(String title, List<Sample> all, Sample idle, Sample settled, Load load) {
    load.failures().stream().limit(20).forEach(failure -> wrong.add(title + ", " + failure));
    expect(flat(settled, idle), title + ": not flat at the end: " + idle + " -> " + settled);
    double early = mean(all, 1, Sample::residentMebibytes);
    double late = mean(all, 4, Sample::residentMebibytes);
    expect(late <= early + MEBIBYTES_GROWTH_MAX, title + ": memory grows: " + early + ", " + late);
    double most = max(all, Sample::residentMebibytes);
    expect(most <= MEBIBYTES_MAX, title + ": memory " + most + " MiB");
    for (int i = 1; i < all.size(); i++) {
      Sample sample = all.get(i);
      // The longest of two minutes: each is told once.
      if (sample.longestTaskMillis() == all.get(i - 1).longestTaskMillis()) {
        continue;
      }
      // On a machine that has other work, the system takes a loop's processor away in a task.
      double waited =
          sample.waitedForCpuMillis() - all.get(Math.max(0, i - WINDOW)).waitedForCpuMillis();
      expect(
          sample.longestTaskMillis() <= TASK_MILLIS_MAX + waited,
          "%s: a task held a loop for %.1f ms in second %d, of which at most %.1f ms waiting for CPU"
              .formatted(title, sample.longestTaskMillis(), i, waited));
    }
  }

  private void pinning(Path modules, long seconds) throws Exception {
    Path record = folder.resolve("pinning.jfr");
    Path settings = folder.resolve("pinning.jfc");
    Files.writeString(
        settings,
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <configuration version="2.0">
          <event name="jdk.VirtualThreadPinned">
            <setting name="enabled">true</setting>
            <setting name="stackTrace">true</setting>
            <setting name="threshold">0 ms</setting>
          </event>
        </configuration>
        """);
    run(
        "JDK with recorder",
        List.of(
            tool("java"),
            "--add-opens=java.base/java.lang=ollama.gateway.http",
            "--add-opens=java.base/sun.nio.ch=ollama.gateway.http",
            "--enable-native-access=ollama.gateway.http",
            "-XX:+UseSerialGC",
            "-XX:AutoBoxCacheMax=20000",
            "-Xmx512m",
            "-Xms32m",
            "-XX:StartFlightRecording:settings=" + settings + ",dumponexit=true,filename=" + record,
            "-p",
            modules.toString(),
            "-m",
            "ollama.gateway.app/ollama.gateway.app.Main"),
        seconds);
    List<String> events = printed(record);
    int began = 0;
    int later = 0;
    LocalDateTime start = LocalDateTime.MIN;
    for (String line : events) {
      String[] parts = line.strip().split(" = ", 2);
      if (parts[0].equals("startTime")) {
        start = LocalDateTime.parse(parts[1], TIME);
      } else if (parts[0].equals("carrierThread")) {
        // Loading a class pins, and health checks begin with it, on the JDK's own carriers.
        boolean loading = start.isBefore(loadBegan) && !parts[1].startsWith("\"loop-");
        began += loading ? 1 : 0;
        later += loading ? 0 : 1;
      }
    }
    System.out.printf("pinned, threshold 0: %d; not on loops at the start: %d%n", later, began);
    if (began + later > 0) {
      Path kept = Files.write(folder.resolve("pinning.txt"), events);
      expect(later == 0, later + " times a virtual thread was pinned, see " + kept);
    }
  }

  private static List<String> printed(Path record) throws IOException {
    Process process =
        new ProcessBuilder(
                tool("jfr"),
                "print",
                "--events",
                "jdk.VirtualThreadPinned",
                "--stack-depth",
                "30",
                record.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> lines = output.lines().toList();
      // No event because nothing could be read would look like the best there is.
      if (process.onExit().join().exitValue() != 0) {
        throw new IOException("the recording can't be read");
      }
      return lines;
    }
  }

  private static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  private static void print(
      String title, List<Sample> all, Sample idle, Sample settled, int faults, Load load) {
    System.out.printf("%n%s: %d samples, %d faults%n", title, all.size(), faults);
    String row = "%-22s %10s %10s %10s %10s %10s%n";
    System.out.printf(row, "", "idle", "early", "late", "most", "settled");
    row(row, "resident MiB", all, idle, settled, Sample::residentMebibytes);
    row(row, "descriptors", all, idle, settled, Sample::descriptors);
    row(row, "threads", all, idle, settled, Sample::threads);
    row(row, "leases", all, idle, settled, Sample::leases);
    row(row, "requests", all, idle, settled, Sample::requests);
    row(row, "client connections", all, idle, settled, Sample::connections);
    row(row, "longest task, ms", all, idle, settled, Sample::longestTaskMillis);
    load.counts().forEach((what, count) -> System.out.printf("%-22s %10s%n", what, count));
  }

  private static void row(
      String format,
      String name,
      List<Sample> all,
      Sample idle,
      Sample settled,
      ToDoubleFunction<Sample> value) {
    System.out.printf(
        format,
        name,
        "%.1f".formatted(value.applyAsDouble(idle)),
        "%.1f".formatted(mean(all, 1, value)),
        "%.1f".formatted(mean(all, 4, value)),
        "%.1f".formatted(max(all, value)),
        "%.1f".formatted(value.applyAsDouble(settled)));
  }

  /** The mean of one of five equal parts of the run, from 0. */
  private static double mean(List<Sample> all, int fifth, ToDoubleFunction<Sample> value) {
    int size = all.size();
    return all.subList(size * fifth / 5, size * (fifth + 1) / 5).stream()
        .mapToDouble(value)
        .average()
        .orElse(0);
  }

  private static double max(List<Sample> all, ToDoubleFunction<Sample> value) {
    return all.stream().mapToDouble(value).max().orElse(0);
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      wrong.add(otherwise);
    }
  }
}
