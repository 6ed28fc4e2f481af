package ollama.gateway.valkey;

import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import ollama.gateway.shared.SharedListener;
import ollama.gateway.shared.SharedUsage.Others;
import ollama.gateway.shared.SharedUsage.Reach;
import ollama.gateway.usage.UsageRow;
import ollama.gateway.usage.UsageSums;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/**
 * Reads once what other ledgers have told the store, in parts, so that requests that ask it
 * meanwhile wait for a part at most. The latest days come first: where it is too much, those that
 * are told are whole. For one thread, which waits.
 */
final class UsageReader {
  private static final int LEDGERS_MAX = 1_024;
  private static final int LEDGER_NAME_BYTES_MAX = 64;
  private static final int DAYS_OF_LEDGER_MAX = 4_000;
  private static final int PLACES_MAX = 100_000;
  private static final int AT_ONCE = 8;

  /** Of so many rows of places that aren't read to their end, one place is read on. */
  private static final int OPEN_ROWS_MAX = 10_000;

  /** What the store looks at for one answer, and tells. */
  private static final int ROWS_AT_ONCE = 128;

  /** The same where it tells only those of one key. */
  private static final int ROWS_LOOKED_AT_ONCE = 1_024;

  private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

  private final Courier courier;
  private final SharedListener listener;
  private final long patienceNanos;
  private final int rowsMax;
  private final Optional<String> keyId;
  private final byte[] since;
  private final UsageSums sums = new UsageSums();
  private final Map<String, String> texts = new HashMap<>();
  private Reach reach = Reach.ALL;
  private LocalDate from = LocalDate.MIN;

  /** Rows of a ledger of a day. */
  private static final class Place {
    final LocalDate day;
    final byte[] name;
    byte[] cursor = ScanParams.SCAN_POINTER_START_BINARY;

    /** By their fields, since the store may tell one twice. */
    final Map<ByteBuffer, UsageRow> rows = new HashMap<>();

    int unreadable;

    Place(LocalDate day, byte[] name) {
      this.day = day;
      this.name = name;
    }
  }

  /**
   * Prepares.
   *
   * @param patienceNanos how long one part may take
   * @param rowsMax how many rows there may be in all, once they are summed up
   */
  UsageReader(
      Courier courier,
      SharedListener listener,
      long patienceNanos,
      int rowsMax,
      Optional<String> keyId,
      Optional<LocalDate> since) {
    this.courier = courier;
    this.listener = listener;
    this.patienceNanos = patienceNanos;
    this.rowsMax = rowsMax;
    this.keyId = keyId;
    this.since = Names.bytes(since.map(day -> "" + day.toEpochDay()).orElse("-inf"));
  }

  Others read() {
    if (!courier.takes()) {
      return Others.NONE;
    }
    try {
      List<byte[]> ledgers = ledgers();
      if (keyId.isEmpty() || UsageText.isDigest(keyId.get())) {
        readAll(places(ledgers));
      }
      return new Others(sums.rows(), ledgers.size(), reach, from);
    } catch (Inquiry.AwayException e) {
      return Others.NONE;
    }
  }

  private List<byte[]> ledgers() throws Inquiry.AwayException {
    byte[] name = courier.names().ledgers();
    List<byte[]> found =
        known(
            Inquiry.of(courier, wire -> wire.latest(name, since, LEDGERS_MAX + 1))
                .await(patienceNanos));
    if (found.size() > LEDGERS_MAX) {
      reach = Reach.PART;
    }
    return found.stream()
        .limit(LEDGERS_MAX)
        .filter(one -> one.length <= LEDGER_NAME_BYTES_MAX)
        .filter(one -> !Arrays.equals(one, courier.ledger()))
        .toList();
  }

  private List<byte[]> known(Optional<List<byte[]>> answer) {
    if (answer.isEmpty()) {
      reach = Reach.PART;
    }
    return answer.orElse(List.of());
  }

  /** Where their rows are, the latest days first. */
  private List<Place> places(List<byte[]> ledgers) throws Inquiry.AwayException {
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < ledgers.size(); i += AT_ONCE) {
      List<byte[]> some = ledgers.subList(i, Math.min(ledgers.size(), i + AT_ONCE));
      List<Inquiry<List<byte[]>>> asked = some.stream().map(this::days).toList();
      for (int j = 0; j < some.size(); j++) {
        addPlaces(some.get(j), known(asked.get(j).await(patienceNanos)), places);
      }
    }
    places.sort(Comparator.comparing((Place place) -> place.day).reversed());
    return places;
  }

  private Inquiry<List<byte[]>> days(byte[] ledger) {
    byte[] name = courier.names().usageDays(ledger);
    return Inquiry.of(courier, wire -> wire.latest(name, since, DAYS_OF_LEDGER_MAX));
  }

  private void addPlaces(byte[] ledger, List<byte[]> days, List<Place> into) {
    int unreadable = 0;
    for (byte[] text : days) {
      LocalDate day = day(text);
      if (day == null) {
        unreadable++;
      } else if (into.size() < PLACES_MAX) {
        into.add(new Place(day, courier.names().usage(ledger, text)));
      } else {
        reach = Reach.PART;
      }
    }
    tellUnreadable(courier.names().usageDays(ledger), unreadable);
  }

  private static @Nullable LocalDate day(byte[] text) {
    try {
      return LocalDate.ofEpochDay(Integer.parseInt(Gossip.text(text)));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private void tellUnreadable(byte[] name, int rows) {
    if (rows > 0) {
      reach = Reach.PART;
      listener.unreadable(Gossip.text(name), rows);
    }
  }

  private void readAll(List<Place> places) throws Inquiry.AwayException {
    long until = System.nanoTime() + NANOS_MAX;
    ArrayDeque<Place> left = new ArrayDeque<>(places);
    List<Place> open = new ArrayList<>();
    while (!left.isEmpty() || !open.isEmpty()) {
      while (open.size() < AT_ONCE && !left.isEmpty()) {
        open.add(left.removeFirst());
      }
      Place first = open.getFirst();
      boolean isTooMuch = sums.size() > rowsMax || first.rows.size() > rowsMax;
      if (isTooMuch || System.nanoTime() - until > 0) {
        leaveOutUpTo(first.day);
        return;
      }
      int rows = open.stream().mapToInt(place -> place.rows.size()).sum();
      readOn(rows > OPEN_ROWS_MAX ? List.of(first) : List.copyOf(open), open);
    }
  }

  /** Takes a part of each place, and those from the open ones that have no more. */
  private void readOn(List<Place> places, List<Place> open) throws Inquiry.AwayException {
    List<Inquiry<ScanResult<Map.Entry<byte[], byte[]>>>> asked =
        places.stream().map(this::scan).toList();
    for (int i = 0; i < asked.size(); i++) {
      Place place = places.get(i);
      if (takePart(place, asked.get(i).await(patienceNanos))) {
        boolean _ = open.remove(place);
      }
    }
  }

  /** That day isn't whole, nor is any before it. */
  private void leaveOutUpTo(LocalDate day) {
    reach = Reach.PART;
    from = day.plusDays(1);
    sums.dropUpTo(day);
  }

  private Inquiry<ScanResult<Map.Entry<byte[], byte[]>>> scan(Place place) {
    ScanParams how = new ScanParams().count(ROWS_AT_ONCE);
    if (keyId.isPresent()) {
      how = how.match(UsageText.fieldsOf(keyId.get())).count(ROWS_LOOKED_AT_ONCE);
    }
    ScanParams asked = how;
    byte[] cursor = place.cursor;
    return Inquiry.of(courier, wire -> wire.scan(place.name, cursor, asked));
  }

  /** Takes some rows; whether these were the last ones of that place. */
  private boolean takePart(Place place, Optional<ScanResult<Map.Entry<byte[], byte[]>>> answer) {
    if (answer.isEmpty()) {
      reach = Reach.PART;
      return true;
    }
    for (Map.Entry<byte[], byte[]> entry : answer.get().getResult()) {
      UsageRow row = UsageText.parse(place.day, entry.getKey(), entry.getValue());
      if (row == null) {
        place.unreadable++;
      } else {
        place.rows.put(ByteBuffer.wrap(entry.getKey()), row);
      }
    }
    place.cursor = answer.get().getCursorAsBytes();
    if (!answer.get().isCompleteIteration()) {
      return false;
    }
    tellUnreadable(place.name, place.unreadable);
    place.rows.values().forEach(row -> sums.add(withKnownTexts(row)));
    return true;
  }

  /** The same names again and again take memory once. */
  private UsageRow withKnownTexts(UsageRow row) {
    return new UsageRow(
        known(row.keyId()),
        known(row.model()),
        row.day(),
        row.requests(),
        row.estimatedRequests(),
        row.counts());
  }

  private String known(String text) {
    String known = texts.putIfAbsent(text, text);
    return known == null ? text : known;
  }
}
