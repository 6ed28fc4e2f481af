package ollama.gateway.config;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Appends keys in a process of its own and says on its output what came of each. */
final class WriterMain {
  static final String ENDLESSLY = "endlessly";
  static final String TIMES = "times";
  static final String HOLD = "hold";
  static final String EDIT = "edit";

  private WriterMain() {}

  /**
   * Takes the file, and a key that is appended under the name {@code new}; or {@link #ENDLESSLY};
   * or {@link #TIMES} and how often; or {@link #HOLD}, which locks the file until it is killed; or
   * {@link #EDIT}, which changes the second key over and over.
   */
  public static void main(String[] arguments) throws IOException {
    ConfigWriter writer = new ConfigWriter();
    Path file = Path.of(arguments[0]);
    String what = arguments[1];
    switch (what) {
      case HOLD -> hold(file);
      case EDIT -> edit(writer, file);
      case ENDLESSLY -> append(writer, file, Integer.MAX_VALUE);
      case TIMES -> append(writer, file, Integer.parseInt(arguments[2]));
      default -> System.out.println(append(writer, file, what));
    }
  }

  private static void append(ConfigWriter writer, Path file, int times) {
    for (int i = 0; i < times; i++) {
      String made = "key-number-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
      System.out.println(appendNext(writer, file, made) + " " + made);
    }
  }

  private static String append(ConfigWriter writer, Path file, String key) {
    try {
      return writer.appendApiKey(file, ApiKey.ofPlain("new", key, false)).toString();
    } catch (IOException | ConfigException e) {
      return "FAILED " + e.getMessage();
    }
  }

  /** Named by its position, as a gateway does. */
  private static String appendNext(ConfigWriter writer, Path file, String key) {
    try {
      return writer
          .appendApiKey(file, (Set<String> names) -> ApiKey.ofPlain("k" + names.size(), key, false))
          .toString();
    } catch (IOException | ConfigException e) {
      return "FAILED " + e.getMessage();
    }
  }

  /**
   * Off, on, another key in its place while the old one stays, and the old one away; from wherever
   * another has got to.
   */
  private static void edit(ConfigWriter writer, Path file) {
    boolean[] rotate = new boolean[1];
    ConfigWriter.Edit<RuntimeException> next =
        keys -> {
          ApiKeyList.Entry entry = keys.entries().get(1);
          if (keys.entries().size() > 2) {
            keys.remove(List.of(keys.entries().get(2)));
          } else if (entry.key().disabled()) {
            keys.enable(entry);
            rotate[0] = true;
          } else if (rotate[0]) {
            keys.addCopy(entry, "alice-old", "2099-01-01");
            String other = "other " + System.nanoTime();
            keys.replaceKey(entry, ApiKey.ofPlain("alice", other, false).sha256());
            rotate[0] = false;
          } else {
            keys.disable(entry);
          }
        };
    while (true) {
      System.out.println(edit(writer, file, next));
    }
  }

  private static String edit(
      ConfigWriter writer, Path file, ConfigWriter.Edit<RuntimeException> edit) {
    try {
      return writer.editApiKeys(file, new ConfigLoader(Map.of()), edit).how().toString();
    } catch (IOException | ConfigException e) {
      return "FAILED " + e.getMessage();
    }
  }

  private static void hold(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock _ = channel.lock()) {
      System.out.println("LOCKED");
      int _ = System.in.read();
    }
  }
}
