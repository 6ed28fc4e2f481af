package ollama.gateway.usage;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rows of several ledgers, summed up for each day, key and model. Not thread-safe. */
public final class UsageSums {
  private static final Comparator<UsageRow> BY_KEY_AND_MODEL =
      Comparator.comparing(UsageRow::keyId).thenComparing(UsageRow::model);

  private final TreeMap<LocalDate, Map<Of, UsageRow>> days = new TreeMap<>();
  private int size;

  private record Of(String keyId, String model) {}

  /** Sums of nothing. */
  public UsageSums() {}

  /** Adds a row to those of its day, key and model. */
  public void add(UsageRow row) {
    Map<Of, UsageRow> day = days.computeIfAbsent(row.day(), _ -> new HashMap<>());
    int before = day.size();
    UsageRow _ = day.merge(new Of(row.keyId(), row.model()), row, UsageRow::plus);
    size += day.size() - before;
  }

  /** How many rows there are. */
  public int size() {
    return size;
  }

  /** Forgets that day, and all before it. */
  public void dropUpTo(LocalDate last) {
    Map<LocalDate, Map<Of, UsageRow>> dropped = days.headMap(last, true);
    dropped.values().forEach(day -> size -= day.size());
    dropped.clear();
  }

  /** The rows, by day, key and model. */
  public List<UsageRow> rows() {
    List<UsageRow> rows = new ArrayList<>(size);
    for (Map<Of, UsageRow> day : days.values()) {
      day.values().stream().sorted(BY_KEY_AND_MODEL).forEach(rows::add);
    }
    return rows;
  }
}
