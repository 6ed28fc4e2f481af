package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TextTableTest {

  @Test
  void eachColumnIsAsWideAsItsLongestText() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TextTable.print(
        List.of(List.of("NAME", "LIMITS"), List.of("alice-1", "-"), List.of("b", "")),
        new PrintStream(out, false, StandardCharsets.UTF_8));
    assertEquals("NAME     LIMITS\nalice-1  -\nb\n", out.toString(StandardCharsets.UTF_8));
  }

  /** As System.out does it, which writes whatever it is given at once. */
  @Test
  void manyRowsAreWrittenInFewPieces() {
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      rows.add(List.of("key-" + i, "inference+read"));
    }
    Counting out = new Counting();
    TextTable.print(rows, new PrintStream(out, true, StandardCharsets.UTF_8));
    assertTrue(out.writes < 200, "writes: " + out.writes);
    assertEquals(20_000, out.toString(StandardCharsets.UTF_8).lines().count());
  }

  private static final class Counting extends ByteArrayOutputStream {
    private int writes;

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
      writes++;
      super.write(bytes, from, length);
    }
  }
}
