import java.util.LinkedHashMap;
import java.util.Map;

/** Numbers of bytes and times in larger units, for people. */
final class Amount {
  private Amount() {}

  /** Such as {@code " (8 KiB)"}; empty where no larger unit fits. */
  static String of(String unit, String number) {
    Map<String, Long> larger = new LinkedHashMap<>();
    switch (unit) {
      case "bytes" -> {
        larger.put("PiB", 1L << 50);
        larger.put("TiB", 1L << 40);
        larger.put("GiB", 1L << 30);
        larger.put("MiB", 1L << 20);
        larger.put("KiB", 1L << 10);
      }
      case "seconds" -> {
        larger.put("days", 86_400L);
        larger.put("hours", 3600L);
        larger.put("minutes", 60L);
      }
      case "milliseconds" -> {
        larger.put("minutes", 60_000L);
        larger.put("seconds", 1000L);
      }
      default -> {
        return "";
      }
    }
    long value = Long.parseLong(number);
    for (Map.Entry<String, Long> entry : larger.entrySet()) {
      long count = value / entry.getValue();
      if (count > 0 && value % entry.getValue() == 0) {
        String name = entry.getKey();
        boolean one = count == 1 && name.endsWith("s");
        return " (" + count + " " + (one ? name.substring(0, name.length() - 1) : name) + ")";
      }
    }
    return "";
  }
}
