package ollama.gateway.usage;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Keeps what damaged journals hold, for whoever wants to look. */
final class Aside {

  /** How many are kept. */
  static final int KEPT_MAX = 3;

  static final String PREFIX = Journal.FILE + ".broken-";

  private static final int TRIES = 60;
  private static final int TEN = 10;

  private Aside() {}

  /**
   * Gives a journal another name, and leaves it its own, too, until a new one takes that: so that
   * at no moment there is none. Where a file can't have two names, it loses its own.
   *
   * @return the new name; empty if the system doesn't allow that
   */
  static Optional<Path> set(Path journal, long nowSecond) {
    for (int i = 0; i < TRIES; i++) {
      Path aside = journal.resolveSibling(PREFIX + time(nowSecond + i));
      try {
        link(journal, aside);
        deleteOldest(aside);
        return Optional.of(aside);
      } catch (FileAlreadyExistsException _) {
        // Another one of this second.
      } catch (IOException _) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static void link(Path journal, Path aside) throws IOException {
    try {
      Path _ = Files.createLink(aside, journal);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (IOException | UnsupportedOperationException _) {
      Path _ = Files.move(journal, aside);
    }
  }

  private static void deleteOldest(Path newest) throws IOException {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(newest.resolveSibling("."), PREFIX + "*")) {
      files.forEach(all::add);
    }
    Collections.sort(all);
    for (int i = 0; i < all.size() - KEPT_MAX; i++) {
      boolean _ = Files.deleteIfExists(all.get(i));
    }
  }

  /** Such as 20251231T235959Z. */
  private static String time(long epochSecond) {
    LocalDateTime time = LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC);
    StringBuilder text = new StringBuilder();
    text.append(time.getYear());
    twoDigits(time.getMonthValue(), text);
    twoDigits(time.getDayOfMonth(), text).append('T');
    twoDigits(time.getHour(), text);
    twoDigits(time.getMinute(), text);
    return twoDigits(time.getSecond(), text).append('Z').toString();
  }

  private static StringBuilder twoDigits(int number, StringBuilder text) {
    return text.append((char) ('0' + number / TEN)).append((char) ('0' + number % TEN));
  }
}
