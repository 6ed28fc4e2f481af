import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the reference of the settings from the documentation of the records that hold them: a page
 * for people and a JSON Schema for editors. A JDK runs it from its sources.
 */
final class Reference {
  private Reference() {}

  /**
   * Writes {@code docs/configuration.md} and {@code config.schema.json}.
   *
   * @param args the folder of the records' sources, and the folder below which to write
   */
  public static void main(String[] args) throws IOException {
    Manual manual = Manual.read(Path.of(args[0]), "GatewayConfig");
    Path root = Path.of(args[1]);
    write(root.resolve("docs/configuration.md"), Page.of(manual));
    write(root.resolve("config.schema.json"), JsonText.of(Schema.of(manual)) + "\n");
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
