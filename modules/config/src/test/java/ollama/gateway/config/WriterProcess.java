package ollama.gateway.config;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import ollama.gateway.ollama.ModelPattern;

/**
 * Runs {@link WriterMain} as another process, and as another user. The classes are copied to where
 * that user can read them.
 */
final class WriterProcess {
  /** The user nobody, and its group. */
  static final int NOBODY = 65_534;

  private static final String AS_NOBODY =
      "setpriv --reuid " + NOBODY + " --regid " + NOBODY + " --clear-groups ";

  private final Path classes;

  WriterProcess(Path folder) throws IOException {
    classes = Files.createDirectory(folder.resolve("classes"));
    copy(located(ConfigWriter.class), classes.resolve("main"));
    copy(located(WriterMain.class), classes.resolve("test"));
    copyModule(ModelPattern.class, classes.resolve("ollama"));
    letAllRead(classes);
  }

  /**
   * Runs a script and returns what it printed. There {@code $JAVA} or {@code $AS_NOBODY}, a file
   * and a key append; {@code $JVM} runs any class of this package.
   */
  String shell(String script) throws IOException, InterruptedException {
    Process process = start(script);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("still running: " + script);
    }
    return output.strip();
  }

  /** Starts one that appends until it is killed. */
  Process endlessly(Path file) throws IOException {
    return start("exec $JAVA " + file + " " + WriterMain.ENDLESSLY);
  }

  /** Starts one that appends so many keys. */
  Process times(Path file, int times) throws IOException {
    return start("exec $JAVA " + file + " " + WriterMain.TIMES + " " + times);
  }

  /** Starts one that changes the second key until it is killed. */
  Process editing(Path file) throws IOException {
    return start("exec $JAVA " + file + " " + WriterMain.EDIT);
  }

  /** The same for a file that is mounted onto another, which it can't replace. */
  Process editingMounted(Path outside, Path inside) throws IOException {
    String mounted = "mount --bind " + outside + " " + inside;
    String edit = "exec $JAVA " + inside + " " + WriterMain.EDIT;
    return start("exec unshare -m sh -euc '" + mounted + "; " + edit + "'");
  }

  /** Starts one that says when it has locked the file, and keeps it so until it is killed. */
  Process holding(Path file) throws IOException {
    return start("exec $JAVA " + file + " " + WriterMain.HOLD);
  }

  private Process start(String script) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-euc", script).redirectErrorStream(true);
    builder.environment().put("JVM", jvm());
    builder.environment().put("JAVA", jvm() + " " + WriterMain.class.getName());
    builder.environment().put("AS_NOBODY", AS_NOBODY + jvm() + " " + WriterMain.class.getName());
    return builder.start();
  }

  private String jvm() {
    return Path.of(System.getProperty("java.home"), "bin", "java")
        + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "
        + classes.resolve("main")
        + ":"
        + classes.resolve("test")
        + ":"
        + classes.resolve("ollama");
  }

  /** The folder of the package; for a patched module the code source names the wrong one. */
  private static Path located(Class<?> type) {
    try {
      URL file = Objects.requireNonNull(type.getResource(type.getSimpleName() + ".class"));
      return Objects.requireNonNull(Path.of(file.toURI()).getParent());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static void copy(Path from, Path root) throws IOException {
    Path to = root.resolve(WriterMain.class.getPackageName().replace('.', '/'));
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  /** Another module, which is a jar or a folder. */
  private static void copyModule(Class<?> type, Path to) throws IOException {
    Path module;
    try {
      module = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
    if (Files.isRegularFile(module)) {
      Files.copy(module, to);
      return;
    }
    try (Stream<Path> files = Files.walk(module)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(module.relativize(file)));
      }
    }
  }

  private static void letAllRead(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.toList()) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }
}
