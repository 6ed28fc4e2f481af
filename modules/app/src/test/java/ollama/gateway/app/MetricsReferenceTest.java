package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The committed page on metrics is what the gateway tells; {@code make reference} writes it. */
class MetricsReferenceTest {

  private static final Path PAGE = Path.of("../../docs/metrics.md");

  @Test
  void theCommittedPageIsWhatAScrapeTells() throws Exception {
    String page = MetricsManual.page();
    if (Boolean.getBoolean("reference.write")) {
      Files.writeString(PAGE, page);
    }
    assertEquals(
        page,
        Files.exists(PAGE) ? Files.readString(PAGE) : "",
        "docs/metrics.md isn't what a scrape tells: run make reference and commit it");
  }
}
