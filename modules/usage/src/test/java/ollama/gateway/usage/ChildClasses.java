package ollama.gateway.usage;

import java.io.File;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** The folders of classes that another process needs. */
final class ChildClasses {
  private ChildClasses() {}

  static String path() {
    return root(Ledger.class) + File.pathSeparator + root(LedgerMain.class);
  }

  /** For a patched module the code source names the wrong one, the class's own file doesn't. */
  private static Path root(Class<?> type) {
    try {
      String name = type.getSimpleName() + ".class";
      URL file = Objects.requireNonNull(type.getResource(name));
      Path root = Path.of(file.toURI());
      for (int i = 0; i <= type.getPackageName().split("\\.", -1).length; i++) {
        root = Objects.requireNonNull(root.getParent());
      }
      return root;
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
