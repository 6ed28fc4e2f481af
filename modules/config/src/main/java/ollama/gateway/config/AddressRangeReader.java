package ollama.gateway.config;

import java.util.ArrayList;
import java.util.List;

/** Reads lists of addresses and ranges. */
final class AddressRangeReader {

  private static final int SHOWN_LENGTH_MAX = 64;

  private AddressRangeReader() {}

  /** A list of the block; what is wrong in it is left out. */
  static List<AddressRange> read(Block block, String name) {
    List<Json> items = block.list(name);
    if (items.isEmpty()) {
      return List.of();
    }
    List<AddressRange> ranges = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Json item = items.get(i);
      String path = block.pathOf(name) + "[" + i + "]";
      block.values().text(path, item, text -> range(text, item)).ifPresent(ranges::add);
    }
    return ranges;
  }

  /** Names the entry in the message as it stands in the file, without what a variable put in. */
  private static AddressRange range(String text, Json item) {
    try {
      return AddressRange.parse(text);
    } catch (IllegalArgumentException e) {
      String written = item instanceof Json.Text(_, _, String value) ? value : "";
      boolean shown = written.length() <= SHOWN_LENGTH_MAX && !written.matches(".*\\p{C}.*");
      throw new IllegalArgumentException(
          (shown ? "\"" + written + "\": " : "") + e.getMessage(), e);
    }
  }
}
