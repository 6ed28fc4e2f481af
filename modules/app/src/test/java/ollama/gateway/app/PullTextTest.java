package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a pull is shown, by what came. */
class PullTextTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final String A = "sha256:aaaaaaaaaaaaaaaa";
  private static final String B = "sha256:bbbbbbbbbbbbbbbb";

  private final PullProgress progress = new PullProgress(List.of());

  private void take(long second, String line) throws IOException {
    progress.take(JsonTree.of(line), second * SECOND);
  }

  private void layer(long second, String server, String digest, long completed, long total)
      throws IOException {
    take(
        second,
        "{\"status\":\"pulling %s\",\"digest\":\"%s\",\"total\":%d,\"completed\":%d,\"server\":\"%s\"}"
            .formatted(digest.substring(7, 19), digest, total, completed, server));
  }

  private List<String> bars(int width, long second) {
    return PullText.bars(progress.servers(), width, 23, second * SECOND);
  }

  @Test
  void aBarHasNameStatusPercentBytesTimeLeftAndRate() throws Exception {
    take(0, "{\"status\":\"pulling manifest\",\"server\":\"gpu-2:11434\"}");
    layer(0, "gpu-1:11434", A, 0, 2_000_000_000L);
    layer(10, "gpu-1:11434", A, 1_000_000_000L, 2_000_000_000L);
    assertEquals(
        List.of(
            "gpu-2:11434 pulling manifest",
            "gpu-1:11434 pulling aaaaaaaaaaaa  [###....]  50%     1.0/2.0 GB   0:10 100 MB/s"),
        bars(79, 10));
  }

  @Test
  void thePercentAreOverAllLayersThatAreKnown() throws Exception {
    layer(0, "a", A, 300, 300);
    layer(1, "a", B, 0, 700);
    assertTrue(bars(79, 1).getFirst().contains(" 30% "), bars(79, 1).toString());
    layer(2, "a", B, 699, 700);
    assertTrue(bars(79, 2).getFirst().contains(" 99% "), bars(79, 2).toString());
    layer(3, "a", B, 700, 700);
    assertTrue(bars(79, 3).getFirst().contains("100% "), bars(79, 3).toString());
  }

  @Test
  void whatWasThereBeforeIsNoRate() throws Exception {
    layer(0, "a", A, 5_000_000, 10_000_000);
    layer(2, "a", A, 5_000_000, 10_000_000);
    assertTrue(bars(79, 2).getFirst().matches(".* - +0 B/s"), bars(79, 2).toString());
    layer(4, "a", A, 6_000_000, 10_000_000);
    assertTrue(bars(79, 4).getFirst().matches(".* 0:16 250 KB/s"), bars(79, 4).toString());
    assertTrue(bars(79, 60).getFirst().matches(".* - +0 B/s"), bars(79, 60).toString());
  }

  @Test
  void whoIsDoneOrHasFailedSaysSo() throws Exception {
    layer(0, "a", A, 10, 10);
    layer(0, "b", A, 5, 10);
    take(1, "{\"status\":\"a: success\"}");
    take(1, "{\"status\":\"failed: could not be reached\",\"server\":\"c:1\"}");
    take(1, "{\"status\":\"failed: ended early\",\"server\":\"b\"}");
    take(2, "{\"error\":\"c:1: could not be reached; b: ended early. Done by a.\"}");
    List<String> bars = bars(60, 2);
    assertTrue(bars.get(0).matches("a {6}success {15}\\[#+] 100% {8}10/10 B"), bars.toString());
    assertEquals("b      failed: ended early", bars.get(1));
    assertEquals("c:1    failed: could not be reached", bars.get(2));
    assertFalse(progress.isDone());
    assertEquals("c:1: could not be reached; b: ended early. Done by a.", progress.error().get());
  }

  @Test
  void theOnlyServerNeedsNoName() throws Exception {
    take(0, "{\"status\":\"pulling manifest\"}");
    assertEquals(List.of("server pulling manifest"), bars(79, 0));
    take(0, "{\"status\":\"success\"}");
    assertEquals(List.of("server success"), bars(79, 0));
    assertTrue(progress.isDone());

    PullProgress named = new PullProgress(List.of("gpu-1"));
    named.take(JsonTree.of("{\"error\":\"no such model\"}"), 0);
    assertEquals(
        List.of("gpu-1  failed: no such model"), PullText.bars(named.servers(), 79, 23, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 40, 60, 79, 120, 200})
  void noLineIsWiderThanTheTerminal(int width) throws Exception {
    layer(0, "a".repeat(60), A, 0, 999_999_999_999L);
    layer(5, "a".repeat(60), A, 999_000_000_000L, 999_999_999_999L);
    take(5, "{\"status\":\"" + "very long ".repeat(30) + "\",\"server\":\"b\"}");
    take(5, "{\"status\":\"failed: " + "very long ".repeat(30) + "\",\"server\":\"c\"}");
    for (String bar : bars(width, 5)) {
      assertTrue(bar.length() <= width, bar);
    }
  }

  @Test
  void whatDoesNotFitOnTheScreenIsCounted() throws Exception {
    for (int i = 0; i < 30; i++) {
      take(0, "{\"status\":\"pulling manifest\",\"server\":\"s" + i + "\"}");
    }
    take(0, "{\"status\":\"s29: success\"}");
    List<String> bars = bars(79, 0);
    assertEquals(23, bars.size());
    assertEquals("and 8 more servers: 1 done, 0 failed", bars.getLast());
  }

  @Test
  void nonsenseIsBoundedAndCannotSteerTheTerminal() throws Exception {
    take(0, "{\"status\":\"a\\u001b[2J\",\"server\":\"\\u009bx\"}");
    assertEquals(List.of("?x     a?[2J"), bars(79, 0));
    take(0, "{}");
    take(0, "\"text\"");
    take(0, "{\"status\":5,\"server\":[]}");
    assertEquals(1, progress.servers().size());
    layer(0, "n", A, -5, -1);
    layer(0, "n", A, Long.MAX_VALUE, Long.MAX_VALUE);
    layer(0, "n", B, Long.MAX_VALUE, Long.MAX_VALUE);
    layer(1, "n", B, 10, 5);
    for (int i = 0; i < 3_000; i++) {
      layer(2, "n" + i, A, 1, 2);
      layer(2, "n", "sha256:0000000000000" + i, 1, 2);
    }
    assertEquals(1_000, progress.servers().size());
    for (String bar : bars(79, 3)) {
      assertTrue(bar.length() <= 79, bar);
    }
  }

  @Test
  void barsAreDrawnInOnePlaceAndOnlyWhereSomethingIsNew() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PullDisplay display = new PullDisplay.Bars(print(out), 80, 24);
    take(0, "{\"status\":\"pulling manifest\",\"server\":\"a\"}");
    display.show(progress, 0);
    assertEquals("a      pulling manifest\u001b[K\n", text(out));
    display.show(progress, SECOND);
    assertEquals("", text(out));
    take(2, "{\"status\":\"pulling manifest\",\"server\":\"b\"}");
    display.show(progress, 2 * SECOND);
    assertEquals(
        "\u001b[1Aa      pulling manifest\u001b[K\nb      pulling manifest\u001b[K\n", text(out));
    take(3, "{\"status\":\"b: success\"}");
    display.show(progress, 3 * SECOND);
    assertEquals("\u001b[2Aa      pulling manifest\u001b[K\nb      success\u001b[K\n", text(out));
  }

  @Test
  void linesComeForEachStepAndNotTooMany() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PullDisplay display = new PullDisplay.Lines(print(out));
    take(0, "{\"status\":\"pulling manifest\",\"server\":\"a\"}");
    display.show(progress, 0);
    assertEquals("a: pulling manifest\n", text(out));
    layer(0, "a", A, 0, 2_000_000);
    display.show(progress, SECOND / 2);
    layer(0, "a", B, 1_000_000, 2_000_000);
    display.show(progress, SECOND);
    assertEquals("a: pulling bbbbbbbbbbbb, 25% of 4 MB\n", text(out));
    layer(1, "a", B, 2_000_000, 2_000_000);
    display.show(progress, 9 * SECOND);
    assertEquals("", text(out));
    take(9, "{\"status\":\"writing manifest\",\"server\":\"a\"}");
    display.show(progress, 9 * SECOND);
    take(9, "{\"status\":\"a: success\"}");
    display.show(progress, 9 * SECOND);
    assertEquals("a: writing manifest, 50% of 4 MB\na: success, 50% of 4 MB\n", text(out));
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private static String text(ByteArrayOutputStream bytes) {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    return text;
  }
}
