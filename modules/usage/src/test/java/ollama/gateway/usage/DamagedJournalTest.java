package ollama.gateway.usage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static ollama.gateway.usage.Fixtures.ALICE;
import static ollama.gateway.usage.Fixtures.BOB;
import static ollama.gateway.usage.Fixtures.MODEL;
import static ollama.gateway.usage.Fixtures.SOON_MILLIS;
import static ollama.gateway.usage.Fixtures.awaitWritten;
import static ollama.gateway.usage.Fixtures.journal;
import static ollama.gateway.usage.Fixtures.rows;
import static ollama.gateway.usage.Fixtures.tokens;
import static ollama.gateway.usage.Fixtures.usedToday;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A journal of which something was lost, or never written. */
@Timeout(120)
final class DamagedJournalTest {
  private static final int WRITES = 4;

  /** Each place is read, and of so many at one is tried how it goes on. */
  private static final int SOME = 7;

  @TempDir private Path folder;

  private final ManualClock clock = new ManualClock("2026-02-27T12:00:00Z");
  private final Said said = new Said();

  /** Without waiting for a real one, thousands of times. */
  private final Disk disk =
      new Disk() {
        @Override
        void force(FileChannel channel) {
          // Nobody pulls a plug here.
        }

        @Override
        void forceDirectory(Path directory) {
          // As above.
        }
      };

  private byte[] whole = new byte[0];

  /** What the rows were after each write, the earliest first. */
  private final List<List<UsageRow>> states = new ArrayList<>();

  /** How long the file was after each. */
  private final List<Integer> sizes = new ArrayList<>();

  @BeforeEach
  void writeAJournal() throws Exception {
    try (Ledger ledger = open()) {
      for (int i = 0; i < WRITES; i++) {
        ledger.record(ALICE, MODEL, tokens(10L + i), false);
        if (i % 2 == 0) {
          ledger.record(BOB, "model-" + i, tokens(1), true);
        }
        awaitWritten(ledger);
        states.add(rows(ledger));
        sizes.add((int) Files.size(journal(folder)));
        clock.advance(900);
      }
    }
    whole = Files.readAllBytes(journal(folder));
    assertEquals(sizes.getLast(), whole.length);
  }

  @Test
  void cutAnywhereItHasTheRecordsBeforeAndCutsThePartOff() throws Exception {
    for (int size = whole.length; size >= 0; size--) {
      Files.write(journal(folder), Arrays.copyOf(whole, size));
      assertEquals(rowsIn(size, -1), Set.copyOf(Ledger.read(folder)), "at " + size);
      if (size % SOME != 0 && size > RecordEncoder.HEADER_BYTES) {
        continue;
      }
      Set<UsageRow> kept = assertKept(rowsIn(size, -1), size);

      int torn = size - lastBoundary(size);
      assertEquals(torn == 0 ? "" : "torn: " + torn + "\n", said.all());
      assertGoesOn(kept);
    }
  }

  @Test
  void damagedAnywhereOneRecordIsLostAndNothingInvented() throws Exception {
    Random random = new Random(1);
    int lastRecord = lastBoundary(whole.length - 1);
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 + random.nextInt(255));
      Files.write(journal(folder), damaged);

      if (at >= RecordEncoder.HEADER_BYTES) {
        assertEquals(rowsIn(whole.length, at), Set.copyOf(Ledger.read(folder)), "at " + at);
        if (at % SOME != 0) {
          continue;
        }
      }
      Set<UsageRow> kept = assertKept(rowsIn(whole.length, at), at);

      String words = said.all();
      if (at >= lastRecord) {
        // Without a record behind it, it's a torn end.
        assertEquals("torn: " + (whole.length - lastRecord) + "\n", words);
      } else {
        assertTrue(words.startsWith("broken: "), words);
        Set<Path> aside = aside();
        assertTrue(aside.size() <= Aside.KEPT_MAX, aside::toString);
        Path newest = aside.stream().max(Path::compareTo).orElseThrow();
        assertArrayEquals(damaged, Files.readAllBytes(newest));
        clock.advance(1_000);
      }
      assertGoesOn(kept);
    }
  }

  @Test
  void nothingButOneRecordIsLostByOneByte() throws Exception {
    // In a record of which there is a later one: nothing at all.
    byte[] damaged = whole.clone();
    damaged[sizes.get(0) + 20] ^= 1;
    Files.write(journal(folder), damaged);
    assertKept(new HashSet<>(states.getLast()), 0);
    String words = said.all();
    assertTrue(
        words.matches(
            "broken: at byte "
                + sizes.get(0)
                + " something else was found where a record was expected; [0-9]+ kept, set aside as"
                + " usage.journal.broken-20260227T[0-9]{6}Z\n"),
        words);
  }

  @Test
  void overwrittenPiecesNeverInventAnything() throws Exception {
    Random random = new Random(2);
    for (int i = 0; i < 200; i++) {
      byte[] damaged = whole.clone();
      int from = RecordEncoder.HEADER_BYTES + random.nextInt(whole.length - 16);
      int to = Math.min(whole.length, from + 1 + random.nextInt(300));
      switch (i % 4) {
        case 0 -> Arrays.fill(damaged, from, to, (byte) 0);
        case 1 -> Arrays.fill(damaged, from, to, (byte) 0xFF);
        case 2 -> System.arraycopy(whole, 0, damaged, from, to - from);
        default -> {
          byte[] noise = new byte[to - from];
          random.nextBytes(noise);
          System.arraycopy(noise, 0, damaged, from, noise.length);
        }
      }
      Files.write(journal(folder), damaged);
      assertNothingInvented(assertKept(null, i));
    }
  }

  @Test
  void anotherVersionIsSetAside() throws Exception {
    whole[11] = 2;
    Files.write(journal(folder), whole);
    assertKept(Set.of(), 0);
    assertEquals(
        "broken: its version is 2, expected 1: it is of another release of the gateway; 0 kept, set"
            + " aside as usage.journal.broken-20260227T120003Z\n",
        said.all());
  }

  @Test
  void contentThatIsNoneOfThisVersionIsDamageThoughItsChecksumIsRight() throws Exception {
    List<byte[]> payloads = new ArrayList<>();
    payloads.add(new byte[] {4});
    payloads.add(new byte[] {RecordEncoder.ROW});
    payloads.add(new byte[] {RecordEncoder.KEY, 0, 0});
    payloads.add(row(-1, 0, 0, 0, 5, "m"));
    payloads.add(row(1, 2, 0, 0, 0, "m"));
    payloads.add(row(1, 0, 1, 2, 0, "m"));
    payloads.add(row(1, 0, -1, 0, 0, "m"));
    payloads.add(Arrays.copyOf(row(1, 0, 0, 0, 0, "model"), RecordEncoder.ROW_BYTES + 4));
    for (byte[] payload : payloads) {
      ByteBuffer file = ByteBuffer.allocate(whole.length + 8 + payload.length);
      file.put(whole).putInt(0).putInt(payload.length).put(payload);
      CRC32C checksum = new CRC32C();
      checksum.update(file.array(), whole.length + 4, 4 + payload.length);
      file.putInt(whole.length, (int) checksum.getValue());
      Files.write(journal(folder), file.array());
      assertKept(new HashSet<>(states.getLast()), payload.length);
      String words = said.all();
      assertTrue(
          words.startsWith(
              "broken: the record at byte "
                  + whole.length
                  + " is none of this version: expected a row, a key or the end of a snapshot; "),
          words);
    }
  }

  @Test
  void recordsThatAreOlderThanWhatIsKnownChangeNothing() throws Exception {
    byte[] file = Arrays.copyOf(whole, whole.length + sizes.get(0) - RecordEncoder.HEADER_BYTES);
    System.arraycopy(
        whole, RecordEncoder.HEADER_BYTES, file, whole.length, file.length - whole.length);
    Files.write(journal(folder), file);
    assertKept(new HashSet<>(states.getLast()), 0);
    assertEquals("", said.all());
    try (Ledger ledger = open()) {
      assertEquals(10 + 11 + 12 + 13, usedToday(ledger, ALICE));
    }
  }

  @Test
  void anEmptyFileIsNoJournalYet() throws Exception {
    Files.write(journal(folder), new byte[0]);
    assertKept(Set.of(), 0);
    assertEquals("", said.all());
    assertArrayEquals(
        "OGWUSAGE\0\0\0\1\0\0\0\0".getBytes(ISO_8859_1),
        Arrays.copyOf(Files.readAllBytes(journal(folder)), 16));
  }

  @Test
  void whatANewFileLeftBehindIsReplaced() throws Exception {
    Path unfinished = Files.write(folder.resolve("usage.journal.new"), new byte[100_000]);
    Files.delete(journal(folder));
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(7), false);
    }
    assertFalse(Files.exists(unfinished));
    assertEquals(7, Fixtures.total(Ledger.read(folder)));
    assertEquals("", said.all());
  }

  /** Opens it, which says what it has to; what is kept is in the file, too. */
  private Set<UsageRow> assertKept(@Nullable Set<UsageRow> expected, int at) throws IOException {
    List<UsageRow> kept;
    try (Ledger ledger = open()) {
      kept = rows(ledger);
      assertTrue(ledger.isPersistent());
    }
    Set<UsageRow> all = new HashSet<>(kept);
    assertEquals(kept.size(), all.size());
    if (expected != null) {
      assertEquals(expected, all, "at " + at);
    }
    assertEquals(all, new HashSet<>(Ledger.read(folder)), "at " + at);
    return all;
  }

  /** What is recorded from then on is there, and nothing has to be said of the file. */
  private void assertGoesOn(Set<UsageRow> kept) {
    try (Ledger ledger = open()) {
      ledger.record(ALICE, MODEL, tokens(1_000), false);
    }
    try (Ledger ledger = open()) {
      assertEquals(1_000 + Fixtures.total(List.copyOf(kept)), Fixtures.total(rows(ledger)));
      assertTrue(usedToday(ledger, ALICE) >= 1_000);
    }
    assertEquals("", said.all());
  }

  /** Each row is as it was after one of the writes. */
  private void assertNothingInvented(Set<UsageRow> kept) {
    Set<UsageRow> all = states.stream().flatMap(List::stream).collect(Collectors.toSet());
    assertTrue(all.containsAll(kept), kept::toString);
  }

  /**
   * What the rows are by the records that end within the first bytes, but for the one that has a
   * byte that was damaged: the format's description, written down once more.
   */
  private Set<UsageRow> rowsIn(int size, int damagedAt) {
    Map<String, UsageRow> rows = new HashMap<>();
    ByteBuffer in = ByteBuffer.wrap(whole);
    if (damagedAt >= 0 && damagedAt < 16) {
      return Set.of();
    }
    int start = 16;
    while (start + 8 <= size && start + 8 + in.getInt(start + 4) <= size) {
      int end = start + 8 + in.getInt(start + 4);
      boolean isDamaged = damagedAt >= start && damagedAt < end;
      if (in.get(start + 8) == 1 && !isDamaged) {
        UsageRow row = rowAt(in.position(start + 9));
        rows.put(row.keyId() + row.model(), row);
      }
      start = end;
    }
    return Set.copyOf(rows.values());
  }

  private static UsageRow rowAt(ByteBuffer in) {
    byte[] digest = new byte[32];
    in.get(digest);
    LocalDate day = LocalDate.ofEpochDay(in.getInt());
    long requests = in.getLong();
    long estimated = in.getLong();
    TokenCounts counts = new TokenCounts(in.getLong(), in.getLong(), in.getLong());
    byte[] model = new byte[in.getShort()];
    in.get(model);
    String key = HexFormat.of().formatHex(digest);
    return new UsageRow(key, new String(model, UTF_8), day, requests, estimated, counts);
  }

  /** Where the last whole record ends, of those within so many bytes. */
  private int lastBoundary(int size) {
    if (size < 16) {
      return 0;
    }
    ByteBuffer in = ByteBuffer.wrap(whole);
    int start = 16;
    while (start + 8 <= size && start + 8 + in.getInt(start + 4) <= size) {
      start += 8 + in.getInt(start + 4);
    }
    return start;
  }

  private static byte[] row(
      long requests, long estimated, long prompt, long cached, long completion, String model) {
    byte[] name = model.getBytes(UTF_8);
    ByteBuffer row = ByteBuffer.allocate(RecordEncoder.ROW_BYTES + name.length);
    row.put(RecordEncoder.ROW).position(1 + KeyIds.BYTES);
    row.putInt(20_000).putLong(requests).putLong(estimated);
    row.putLong(prompt).putLong(cached).putLong(completion);
    return row.putShort((short) name.length).put(name).array();
  }

  private Set<Path> aside() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("usage.journal.broken-"))
          .collect(Collectors.toSet());
    }
  }

  private Ledger open() {
    return Ledger.open(folder, Bounds.DEFAULT, clock, said, disk, SOON_MILLIS);
  }
}
