package ollama.gateway.usage;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All rows, by their days, within the bounds. Guarded by the lock of its {@link Books}. */
final class Days {

  /** The longest name of a model that gets a row, in chars. */
  static final int MODEL_CHARS_MAX = 255;

  private final Bounds bounds;

  /** In the order of time; none is empty. */
  private final ArrayList<Day> days = new ArrayList<>();

  private long rows;
  private boolean hasDropped;
  private boolean hasOverflowed;
  private boolean isNoticeDue;

  Days(Bounds bounds) {
    this.bounds = bounds;
  }

  /** The row to count in, made if there is none; null if there is no room even for that. */
  @Nullable Row rowFor(int day, KeyUsage key, String model) {
    Day rowsOfDay = find(day);
    Row known = rowsOfDay == null ? null : rowsOfDay.find(key, model);
    if (known != null) {
      return known;
    }
    if (key.modelsDay != day) {
      key.modelsDay = day;
      key.models = 0;
    }
    String named = key.models < bounds.modelsPerKeyAndDay() ? storable(model) : UsageRow.OTHER;
    Row other = rowsOfDay == null || named.equals(model) ? null : rowsOfDay.find(key, named);
    return other == null ? add(day, key, named) : other;
  }

  /** The row of exactly this name; null if there is no room. */
  @Nullable Row exactRow(int day, KeyUsage key, String model) {
    Row known = knownRow(day, key, model);
    return known == null ? add(day, key, model) : known;
  }

  /** The row of exactly this name; null if there is none. */
  @Nullable Row knownRow(int day, KeyUsage key, String model) {
    Day rowsOfDay = find(day);
    return rowsOfDay == null ? null : rowsOfDay.find(key, model);
  }

  private @Nullable Row add(int day, KeyUsage key, String model) {
    while (rows >= bounds.maxRows()) {
      Day oldest = days.getFirst();
      if (oldest.day >= day) {
        isNoticeDue |= !hasOverflowed;
        hasOverflowed = true;
        return null;
      }
      isNoticeDue |= !hasDropped;
      hasDropped = true;
      dropOldest();
    }
    rows++;
    key.models += key.modelsDay == day ? 1 : 0;
    key.lastRowDay = Math.max(key.lastRowDay, day);
    return make(day).add(key, model);
  }

  /** It is another day now: what is too old goes, and models are counted for it. */
  void enter(int today) {
    long believed = today;
    for (int i = days.size() - 1; i >= 0; i--) {
      if (days.get(i).day < today) {
        believed = Math.min(today, days.get(i).day + 1L);
        break;
      }
    }
    long firstKept = believed - bounds.retentionDays() + 1;
    while (!days.isEmpty() && days.getFirst().day < firstKept) {
      dropOldest();
    }
    Day rowsOfDay = find(today);
    int count = rowsOfDay == null ? 0 : rowsOfDay.size();
    for (int i = 0; rowsOfDay != null && i < count; i++) {
      KeyUsage key = rowsOfDay.row(i).key;
      key.modelsDay = today;
      key.models = 0;
    }
    for (int i = 0; rowsOfDay != null && i < count; i++) {
      rowsOfDay.row(i).key.models++;
    }
  }

  /** The oldest day that has rows; today if none has. */
  int oldest(int today) {
    return days.isEmpty() ? today : days.getFirst().day;
  }

  /** The latest day that has rows, of those up to one; null if none has. */
  @Nullable Day upTo(int day) {
    int place = place(day);
    if (place < days.size() && days.get(place).day == day) {
      return days.get(place);
    }
    return place == 0 ? null : days.get(place - 1);
  }

  /** All that there are, in the order of time. */
  List<Day> copy() {
    return List.copyOf(days);
  }

  long rows() {
    return rows;
  }

  /** Whether the listener is to be told of dropped rows, which is asked once. */
  boolean takeNotice() {
    boolean due = isNoticeDue;
    isNoticeDue = false;
    return due;
  }

  private void dropOldest() {
    Day oldest = days.removeFirst();
    oldest.isDropped = true;
    rows -= oldest.size();
  }

  private @Nullable Day find(int day) {
    int place = place(day);
    return place < days.size() && days.get(place).day == day ? days.get(place) : null;
  }

  private Day make(int day) {
    int place = place(day);
    if (place == days.size() || days.get(place).day != day) {
      days.add(place, new Day(day));
    }
    return days.get(place);
  }

  /** Where a day is, or would be; from the end, since it is the latest as a rule. */
  private int place(int day) {
    int place = days.size();
    while (place > 0 && days.get(place - 1).day >= day) {
      place--;
    }
    return place;
  }

  /** A name that is the same when it was written and read. */
  private static String storable(String model) {
    if (model.length() > MODEL_CHARS_MAX) {
      return UsageRow.OTHER;
    }
    for (int i = 0; i < model.length(); i++) {
      if (Character.isSurrogate(model.charAt(i))) {
        if (!Character.isHighSurrogate(model.charAt(i))
            || i + 1 == model.length()
            || !Character.isLowSurrogate(model.charAt(i + 1))) {
          return UsageRow.OTHER;
        }
        i++;
      }
    }
    return model;
  }
}
