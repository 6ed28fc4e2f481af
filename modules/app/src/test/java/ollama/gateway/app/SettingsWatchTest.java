package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a look at the settings' file finds, each look by itself. */
class SettingsWatchTest {

  private static final long LATER_NANOS = TimeUnit.SECONDS.toNanos(10);

  private @TempDir Path folder = Path.of("");
  private Path path = Path.of("");
  private SettingsFile file = new SettingsFile(path, new ConfigLoader(Map.of()));
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - LATER_NANOS);
  private final List<String> reloads = new ArrayList<>();
  private int readings;

  @BeforeEach
  void readTheFile() throws Exception {
    path = folder.resolve("config.json");
    Files.writeString(path, content(0));
    file = new SettingsFile(path, new ConfigLoader(Map.of()));
    assertEquals("n0", named());
  }

  @Test
  void aFileThatIsAsItWasIsNotReloaded() {
    SettingsWatch watch = watch();
    looks(watch, 20);
    assertEquals(List.of(), reloads);
  }

  @Test
  void aChangeIsReloadedOnceAfterOneMoreLook() throws Exception {
    SettingsWatch watch = settled();
    Files.writeString(path, content(1));
    watch.look();
    assertEquals(List.of(), reloads);
    looks(watch, 10);
    assertEquals(List.of("n1"), reloads);
  }

  @Test
  void whatSomebodyElseHasReadIsLookedAtOnceMoreThoughItLooksAsBefore() throws Exception {
    SettingsWatch watch = settled();
    looks(watch, 3);
    int before = readings;
    looks(watch, 3);
    assertEquals(before, readings);

    watch.doubt();
    looks(watch, 3);
    assertEquals(before + 1, readings);
  }

  @Test
  void whatWasChangedBetweenTheStartAndTheFirstLookIsReloaded() throws Exception {
    Files.writeString(path, content(1));
    looks(watch(), 10);
    assertEquals(List.of("n1"), reloads);
  }

  @Test
  void aFileOfWhichOnlyTheModeChangesIsReadAgainSinceItMayBeReadableNow() throws Exception {
    SettingsWatch watch = settled();
    int before = readings;
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    looks(watch, 3);
    assertTrue(readings > before);
    assertEquals(List.of(), reloads, "it says the same");
  }

  @Test
  void aFileInWhosePlaceAnotherIsPutIsReloaded() throws Exception {
    SettingsWatch watch = settled();
    FileTime time = Files.getLastModifiedTime(path);
    Path other = Files.writeString(folder.resolve("other"), content(1));
    Files.setLastModifiedTime(other, time);
    Files.move(other, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    looks(watch, 2);
    assertEquals(List.of("n1"), reloads);
  }

  @Test
  void aLinkThatLeadsElsewhereIsReloaded() throws Exception {
    // As Kubernetes keeps a ConfigMap: config.json -> ..data/config.json, ..data -> ..1/.
    Files.delete(path);
    for (int i = 1; i <= 2; i++) {
      Path version = Files.createDirectory(folder.resolve(".." + i));
      Files.writeString(version.resolve("config.json"), content(i));
    }
    Files.createSymbolicLink(folder.resolve("..data"), Path.of("..1"));
    Files.createSymbolicLink(path, Path.of("..data/config.json"));
    SettingsWatch watch = watch();
    looks(watch, 5);
    assertEquals(List.of("n1"), reloads);
    nanoTime.addAndGet(LATER_NANOS);
    Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..2"));
    Files.move(
        folder.resolve("..data_tmp"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    Files.delete(folder.resolve("..1/config.json"));
    looks(watch, 2);
    assertEquals(List.of("n1", "n2"), reloads);
    assertEquals(true, Files.isSymbolicLink(path));
    assertEquals(true, Files.exists(path, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void whatIsWrittenAnewAndSaysTheSameIsNot() throws Exception {
    SettingsWatch watch = settled();
    Files.setLastModifiedTime(path, FileTime.fromMillis(1));
    looks(watch, 5);
    Path other = Files.writeString(folder.resolve("other"), content(0));
    Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
    looks(watch, 5);
    assertEquals(List.of(), reloads);
  }

  @Test
  void aBrokenFileIsTriedOnceAndTheMendedOneAlsoIfItIsTheOldOne() throws Exception {
    SettingsWatch watch = settled();
    Files.writeString(path, "{");
    looks(watch, 10);
    Files.writeString(path, content(0));
    looks(watch, 10);
    assertEquals(List.of("broken", "n0"), reloads);
  }

  @Test
  void aFileThatIsGoneIsTriedOnce() throws Exception {
    SettingsWatch watch = settled();
    Files.delete(path);
    looks(watch, 10);
    assertEquals(List.of("broken"), reloads);
    Files.writeString(path, content(0));
    looks(watch, 10);
    assertEquals(List.of("broken", "n0"), reloads);
  }

  @Test
  void aFileThatNeverRestsIsReloadedAllTheSame() throws Exception {
    SettingsWatch watch = settled();
    for (int i = 1; i <= 6; i++) {
      Files.writeString(path, content(i));
      Files.setLastModifiedTime(path, FileTime.fromMillis(i));
      watch.look();
    }
    assertEquals(List.of("n3", "n6"), reloads);
  }

  @Test
  void whatIsWrittenSoonAfterIsFoundThoughTheFileLooksTheSame() throws Exception {
    AtomicReference<List<Optional<SettingsWatch.Look>>> look =
        new AtomicReference<>(List.of(look()));
    SettingsWatch watch =
        new SettingsWatch(path, look::get, this::hasChanged, this::reload, nanoTime::get);
    settle(watch);
    Files.writeString(path, content(1));
    look.set(List.of(look()));
    looks(watch, 2);
    // On a file system whose times are coarse.
    Files.writeString(path, content(2));
    nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(2));
    looks(watch, 1);
    assertEquals(List.of("n1", "n2"), reloads);
  }

  @Test
  void aFileThatSomebodyBeginsToWriteJustAsItIsReadIsReadOnceItRests() throws Exception {
    AtomicBoolean beginsToWrite = new AtomicBoolean();
    SettingsWatch watch =
        SettingsWatch.of(
            path,
            () -> List.of(path),
            () -> {
              if (beginsToWrite.getAndSet(false)) {
                assertDoesNotThrow(() -> Files.writeString(path, ""));
              }
              return hasChanged();
            },
            this::reload,
            nanoTime::get);
    settle(watch);
    Files.writeString(path, content(1));
    looks(watch, 2);
    beginsToWrite.set(true);
    watch.look();
    Files.writeString(path, content(2));
    looks(watch, 5);
    assertEquals(List.of("n1", "n2"), reloads);
  }

  @Test
  void aFileAtRestIsNotReadAgain() {
    SettingsWatch watch = settled();
    int before = readings;
    looks(watch, 50);
    assertEquals(before, readings);
  }

  @Test
  void whatThisProcessHasWrittenIsNotReloadedButWhatOthersHadChangedBeforeIs() throws Exception {
    SettingsWatch watch = settled();
    byte[] before = Files.readAllBytes(path);
    Files.writeString(path, content(1));
    file.written(before, Files.readAllBytes(path));
    looks(watch, 5);
    assertEquals(List.of(), reloads);
    Files.writeString(path, content(2));
    byte[] edited = Files.readAllBytes(path);
    Files.writeString(path, content(3));
    file.written(edited, Files.readAllBytes(path));
    looks(watch, 5);
    assertEquals(List.of("n3"), reloads);
  }

  private SettingsWatch watch() {
    return SettingsWatch.of(
        path, () -> List.of(path), this::hasChanged, this::reload, nanoTime::get);
  }

  /** One that has no doubt any more that all is as it was. */
  private SettingsWatch settled() {
    SettingsWatch watch = watch();
    settle(watch);
    return watch;
  }

  private void settle(SettingsWatch watch) {
    looks(watch, 3);
    nanoTime.addAndGet(LATER_NANOS);
    assertEquals(List.of(), reloads);
  }

  private Optional<SettingsWatch.Look> look() {
    return SettingsWatch.Look.of(path);
  }

  private boolean hasChanged() {
    readings++;
    return file.hasChanged();
  }

  private void reload() {
    try {
      reloads.add(named());
    } catch (ConfigException e) {
      reloads.add("broken");
    }
  }

  private String named() throws ConfigException {
    return file.read().ollamaAddresses().getFirst().name();
  }

  private static void looks(SettingsWatch watch, int times) {
    for (int i = 0; i < times; i++) {
      watch.look();
    }
  }

  private static String content(int version) {
    return "{\"ollamaAddresses\": [{\"url\": \"http://a\", \"name\": \"n" + version + "\"}]}";
  }
}
