package ollama.gateway.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed, at any moment, loses what it recorded in its last second. */
@Timeout(180)
final class KilledLedgerTest {
  private static final int LANES = 5;
  private static final int ROUNDS = 10;
  private static final int LIFE_MILLIS_MAX = 2_000;

  /** What is recorded is on the disk within this time, on a machine that isn't too busy. */
  private static final long PROMISE_MILLIS = 1_000;

  @TempDir private Path folder;

  /** What one child said: how many it had recorded, when, and since when all wasn't written. */
  private record Done(long recorded, long millis, long unwrittenMillis) {}

  @Test
  void whatWasRecordedASecondBeforeIsThereAndNothingElse() throws Exception {
    List<Callable<List<Long>>> lanes = new ArrayList<>();
    for (int lane = 0; lane < LANES; lane++) {
      Path directory = Files.createDirectory(folder.resolve("lane-" + lane));
      long seed = lane;
      lanes.add(() -> killAgainAndAgain(directory, new Random(seed)));
    }
    List<Long> delays = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(LANES)) {
      for (Future<List<Long>> lane : threads.invokeAll(lanes)) {
        delays.addAll(lane.get());
      }
    }
    assertEquals(LANES * ROUNDS, delays.size());
    // A busy machine may stop for longer now and then, but not as a rule.
    List<Long> sorted = delays.stream().sorted().toList();
    assertTrue(sorted.get(sorted.size() / 2) <= PROMISE_MILLIS, sorted::toString);
  }

  /** Returns for each round how long something waited at most to be written. */
  private static List<Long> killAgainAndAgain(Path directory, Random random) throws Exception {
    List<Long> delays = new ArrayList<>();
    long before = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<Done> said = new ArrayList<>();
      long atMost = killed(directory, before, random.nextInt(LIFE_MILLIS_MAX), said);

      long kept = Fixtures.total(Ledger.read(directory));
      long atLeast = before;
      if (!said.isEmpty()) {
        Done last = said.getLast();
        // What it said wasn't written then may be lost, and anything later; both are rounded down.
        long writtenBefore = last.millis - last.unwrittenMillis - 1;
        for (Done done : said) {
          atLeast = done.millis < writtenBefore ? done.recorded : atLeast;
        }
      }
      String all = "kept " + kept + ", expected " + atLeast + " to " + atMost;
      assertTrue(kept >= atLeast && kept <= atMost, all);
      assertQuotas(directory, atLeast, atMost);
      delays.add(said.stream().mapToLong(Done::unwrittenMillis).max().orElse(0));
      before = kept;
    }
    return delays;
  }

  /** Lets one live for so long; returns how many it can have recorded at most. */
  private static long killed(Path directory, long before, int lifeMillis, List<Done> said)
      throws Exception {
    long atMost = before;
    Process child = LedgerMain.start(directory, LedgerMain.LOAD);
    try (BufferedReader words = child.inputReader(StandardCharsets.UTF_8)) {
      String first = words.readLine();
      while (first != null && first.startsWith("TORN ")) {
        first = words.readLine();
      }
      assertEquals("OPENED " + before, first);
      Thread killer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      // Not to wait for anything, but to meet any moment of a write.
                      Thread.sleep(lifeMillis);
                    } catch (InterruptedException _) {
                      // Then now.
                    }
                    // Not the process's own method, which drops what it has said.
                    boolean _ = child.toHandle().destroyForcibly();
                  });
      for (String line = words.readLine(); line != null; line = words.readLine()) {
        String[] parts = line.split(" ", -1);
        if (parts[0].equals("UPTO") && parts.length == 2 && !parts[1].isEmpty()) {
          atMost = Math.max(atMost, Long.parseLong(parts[1]));
        } else if (line.endsWith(LedgerMain.WHOLE)) {
          assertEquals("DONE", parts[0], line);
          said.add(
              new Done(
                  Long.parseLong(parts[1]), Long.parseLong(parts[2]), Long.parseLong(parts[3])));
        } else {
          assertTrue(words.readLine() == null, "not the last one: " + line);
        }
      }
      killer.join();
    } finally {
      child.destroyForcibly().waitFor();
    }
    return atMost;
  }

  /** The windows are as the rows, but for the write that was in flight. */
  private static void assertQuotas(Path directory, long atLeast, long atMost) throws Exception {
    Path copy = Files.createTempDirectory(directory.getParent(), "copy");
    if (Files.exists(Fixtures.journal(directory))) {
      Path _ = Files.copy(Fixtures.journal(directory), Fixtures.journal(copy));
    }
    ManualClock clock = new ManualClock(LedgerMain.TIME);
    try (Ledger ledger = Ledger.open(copy, Bounds.DEFAULT, clock, new Said())) {
      long inMinute = 0;
      long inMonth = 0;
      for (int key = 0; key < 7; key++) {
        inMinute += Fixtures.usedInMinute(ledger, Fixtures.key(key));
        inMonth += ledger.quotas(Fixtures.key(key), TokenQuota.NONE).month().used();
      }
      assertTrue(inMonth >= atLeast && inMonth <= atMost, inMonth + ": " + atLeast + ", " + atMost);
      assertTrue(inMinute >= atLeast && inMinute <= atMost, inMinute + " in the minute");
    }
  }
}
