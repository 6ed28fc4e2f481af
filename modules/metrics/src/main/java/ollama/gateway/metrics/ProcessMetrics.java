package ollama.gateway.metrics;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The process and its heap, by the usual names. Read from {@code /proc}, from {@link ProcessHandle}
 * and {@link Runtime}, because {@code java.management} would cost the image a module and the start
 * some time. What can't be read is left out.
 */
final class ProcessMetrics {
  private static final double BYTES_PER_KIB = 1024;

  private final Path proc;
  private final PrometheusRegistry registry;

  /** Reads of the process that {@code proc} describes, usually {@code /proc/self}. */
  ProcessMetrics(Path proc, PrometheusRegistry registry) {
    this.proc = proc;
    this.registry = registry;
    cpuSeconds();
    gauge("process_start_time_seconds", "When the process began.", ProcessMetrics::startSeconds);
    gauge("process_resident_memory_bytes", "Memory in RAM.", () -> kibibytes("VmRSS:"));
    gauge(
        "process_threads", "Threads of the operating system.", () -> number("status", "Threads:"));
    gauge("process_open_fds", "Open file descriptors.", this::openDescriptors);
    gauge("process_max_fds", "File descriptors allowed.", () -> number("limits", "Max open files"));
    heap("jvm_memory_used_bytes", "Used memory.", () -> used(Runtime.getRuntime()));
    heap(
        "jvm_memory_committed_bytes",
        "Memory taken from the system.",
        () -> Runtime.getRuntime().totalMemory());
    heap("jvm_memory_max_bytes", "Memory allowed.", () -> Runtime.getRuntime().maxMemory());
  }

  private void cpuSeconds() {
    CounterWithCallback _ =
        CounterWithCallback.builder()
            .name("process_cpu_seconds_total")
            .help("CPU time, user and system.")
            .callback(
                counter ->
                    ProcessHandle.current()
                        .info()
                        .totalCpuDuration()
                        .ifPresent(cpu -> counter.call(cpu.toNanos() / 1e9)))
            .register(registry);
  }

  private void gauge(String name, String help, Supplier<OptionalDouble> value) {
    GaugeWithCallback _ =
        GaugeWithCallback.builder()
            .name(name)
            .help(help)
            .callback(gauge -> value.get().ifPresent(gauge::call))
            .register(registry);
  }

  private void heap(String name, String help, Supplier<Long> bytes) {
    GaugeWithCallback _ =
        GaugeWithCallback.builder()
            .name(name)
            .help(help)
            .labelNames("area")
            .callback(gauge -> gauge.call(bytes.get(), "heap"))
            .register(registry);
  }

  private static long used(Runtime runtime) {
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static OptionalDouble startSeconds() {
    return ProcessHandle.current().info().startInstant().stream()
        .mapToDouble(start -> start.toEpochMilli() / 1e3)
        .findFirst();
  }

  private OptionalDouble kibibytes(String key) {
    return number("status", key).stream().map(kib -> kib * BYTES_PER_KIB).findFirst();
  }

  /** The first number after the key that begins a line. */
  private OptionalDouble number(String file, String key) {
    try (Stream<String> lines = Files.lines(proc.resolve(file))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(key.length()).strip().split("\\s+", 2)[0])
          .filter(number -> number.matches("\\d{1,18}"))
          .mapToDouble(Double::parseDouble)
          .findFirst();
    } catch (IOException e) {
      return OptionalDouble.empty();
    }
  }

  private OptionalDouble openDescriptors() {
    try (Stream<Path> descriptors = Files.list(proc.resolve("fd"))) {
      return OptionalDouble.of((double) descriptors.count());
    } catch (IOException e) {
      return OptionalDouble.empty();
    }
  }
}
