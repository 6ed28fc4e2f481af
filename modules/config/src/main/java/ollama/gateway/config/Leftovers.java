package ollama.gateway.config;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The unfinished files that a writer leaves beside a settings file when it is killed: {@code
 * .config.json.123.tmp}. They hold keys' digests, or keys.
 */
final class Leftovers {
  private static final String END = ".tmp";
  private static final int DIGITS_MAX = 20;

  private Leftovers() {}

  /** How the name of an unfinished file begins; a number and {@link #end} follow. */
  static String start(Path file) {
    return "." + file.getFileName() + ".";
  }

  static String end() {
    return END;
  }

  /** All of them, a running writer's too; none where the folder can't be listed. */
  static List<Path> beside(Path file) {
    List<Path> found = new ArrayList<>();
    Path folder = FileReplacer.folder(file);
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(folder, path -> isLeftover(path, start(file)))) {
      all.forEach(found::add);
    } catch (IOException | DirectoryIteratorException _) {
      return found;
    }
    return found;
  }

  private static boolean isLeftover(Path path, String start) {
    String name = String.valueOf(path.getFileName());
    int digits = name.length() - start.length() - END.length();
    if (!name.startsWith(start) || !name.endsWith(END) || digits < 1 || digits > DIGITS_MAX) {
      return false;
    }
    for (int i = start.length(); i < name.length() - END.length(); i++) {
      if (name.charAt(i) < '0' || name.charAt(i) > '9') {
        return false;
      }
    }
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** Deletes them, and returns how many. Whoever has the lock is the only writer. */
  static int delete(LockedFile locked) throws IOException {
    int count = 0;
    if (locked.isLocked()) {
      for (Path left : beside(locked.file())) {
        if (Files.deleteIfExists(left)) {
          count++;
        }
      }
    }
    return count;
  }
}
