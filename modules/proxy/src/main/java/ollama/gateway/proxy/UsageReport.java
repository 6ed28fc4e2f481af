package ollama.gateway.proxy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import ollama.gateway.config.ApiKey;
import ollama.gateway.ollama.Json;
import ollama.gateway.usage.UsageRow;

/** Rows of usage as they are told, with the names that the settings have for the keys now. */
public final class UsageReport {

  private static final String CSV_HEAD =
      "day,key,id,model,requests,estimated,promptTokens,cachedTokens,completionTokens\r\n";

  /** What a cell begins with that a spreadsheet runs. */
  private static final String FORMULAS = "=+-@\t\r\n";

  /** What a cell may have between quotes alone. */
  private static final String QUOTED = ",\"\r\n";

  /** So much of a digest tells keys apart, and lets nobody find the key by trying. */
  private static final int ID_LENGTH = 12;

  private final List<UsageRow> rows;
  private final Map<String, String> names;

  /**
   * A report.
   *
   * @param rows what was used
   * @param keys those of the settings
   */
  public UsageReport(List<UsageRow> rows, List<ApiKey> keys) {
    this.rows = rows;
    this.names = HashMap.newHashMap(keys.size());
    keys.forEach(key -> names.put(key.sha256(), key.name()));
  }

  /** A list of objects. */
  public String json() {
    StringJoiner objects = new StringJoiner(",", "[", "]");
    rows.forEach(row -> objects.add(object(row).toString()));
    return objects.toString();
  }

  /**
   * Lines of RFC 4180, with a header. A name that a spreadsheet would take for a formula has an
   * apostrophe before it.
   */
  public String csv() {
    StringBuilder lines = new StringBuilder(CSV_HEAD);
    rows.forEach(row -> lines.append(line(row)).append("\r\n"));
    return lines.toString();
  }

  /** The name of a row's key; empty for one that is in the settings no more. */
  public String name(UsageRow row) {
    return names.getOrDefault(row.keyId(), "");
  }

  /** How the digest of a row's key begins. */
  public String id(UsageRow row) {
    return row.keyId().substring(0, ID_LENGTH);
  }

  private Json object(UsageRow row) {
    return Json.object()
        .put("day", row.day().toString())
        .put("key", name(row))
        .put("id", id(row))
        .put("model", row.model())
        .put("requests", row.requests())
        .put("estimated", row.estimatedRequests())
        .put("promptTokens", row.counts().prompt())
        .put("cachedTokens", row.counts().cached())
        .put("completionTokens", row.counts().completion());
  }

  private String line(UsageRow row) {
    return new StringJoiner(",")
        .add(row.day().toString())
        .add(quoted(name(row)))
        .add(id(row))
        .add(quoted(row.model()))
        .add("" + row.requests())
        .add("" + row.estimatedRequests())
        .add("" + row.counts().prompt())
        .add("" + row.counts().cached())
        .add("" + row.counts().completion())
        .toString();
  }

  /** RFC 4180 section 2. */
  private static String quoted(String text) {
    if (!text.isEmpty() && FORMULAS.indexOf(text.charAt(0)) >= 0) {
      return quoted('\'' + text, true);
    }
    return quoted(text, text.chars().anyMatch(c -> QUOTED.indexOf(c) >= 0));
  }

  private static String quoted(String text, boolean isQuoted) {
    return isQuoted ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
