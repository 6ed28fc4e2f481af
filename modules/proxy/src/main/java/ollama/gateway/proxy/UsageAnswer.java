package ollama.gateway.proxy;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.ApiKey;
import ollama.gateway.http.server.ResponseWriter;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.ollama.MediaType;
import ollama.gateway.shared.SharedUsage;
import ollama.gateway.usage.UsageRow;
import ollama.gateway.usage.UsageSums;

/**
 * Who used how many tokens: all of it for administrators, for others what they used themselves.
 *
 * @param key the digest of the one key that is asked for
 * @param since the first day that is
 * @param isCsv whether it is told in lines and not in JSON
 */
record UsageAnswer(Optional<String> key, Optional<LocalDate> since, boolean isCsv) {

  private static final String CSV = "text/csv; charset=utf-8";

  private static final FieldName GATEWAYS = FieldName.of("X-Usage-Gateways");
  private static final FieldName LACKS = FieldName.of("X-Usage-Lacks");

  /** What a query asks for that can't be answered. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Refusal refusal;

    private RefusedException(int status, String message) {
      super(message, null, false, false);
      refusal = new Refusal(status, message);
    }

    Refusal refusal() {
      return refusal;
    }
  }

  /**
   * What a request asks for: {@code key} by its name, {@code since}, and {@code format}, or {@code
   * Accept: text/csv}.
   *
   * @throws RefusedException where that can't be answered
   */
  static UsageAnswer of(Call call) throws RefusedException {
    Optional<String> key = first(call, "key");
    if (key.isPresent()) {
      key = Optional.of(idOf(call, key.get()));
    }
    if (!call.mayAdminister()) {
      String own = call.identity().principal().map(Principal::id).orElse("");
      if (key.isPresent() && !key.get().equals(own)) {
        throw new RefusedException(403, "This API key may see no other key's usage");
      }
      key = Optional.of(own);
    }
    return new UsageAnswer(key, since(call), isCsv(call));
  }

  private static String idOf(Call call, String name) throws RefusedException {
    // Whether there is such a key is no secret to an administrator alone.
    for (ApiKey key : call.settings().config().apiKeys()) {
      if (key.name().equals(name)) {
        return key.sha256();
      }
    }
    if (call.mayAdminister()) {
      throw new RefusedException(404, "No key has this name");
    }
    return "";
  }

  private static Optional<LocalDate> since(Call call) throws RefusedException {
    Optional<String> since = first(call, "since");
    try {
      return since.map(LocalDate::parse);
    } catch (DateTimeException e) {
      throw new RefusedException(400, "since is no day: write it as 2027-01-31");
    }
  }

  private static boolean isCsv(Call call) throws RefusedException {
    Optional<String> format = first(call, "format");
    if (format.isPresent()) {
      if (!format.get().equals("csv") && !format.get().equals("json")) {
        throw new RefusedException(400, "format is neither csv nor json");
      }
      return format.get().equals("csv");
    }
    int accept = call.head().fields().indexOf("accept");
    return accept >= 0 && call.head().fields().value(accept).startsWith("text/csv");
  }

  private static Optional<String> first(Call call, String parameter) {
    return call.target().parameters(parameter).stream().findFirst();
  }

  /** How it is told. */
  String contentType() {
    return isCsv ? CSV : MediaType.JSON;
  }

  /**
   * All of it, of all gateways that share; in a time that grows with the number of rows. May block,
   * as {@link SharedUsage#others} does.
   */
  Told tell(Settings settings) {
    List<UsageRow> here = settings.ledger().rows(key, since);
    Optional<SharedUsage.Others> others = settings.shared().map(all -> all.others(key, since));
    List<UsageRow> rows = others.map(more -> sums(here, more)).orElse(here);
    UsageReport report = new UsageReport(rows, settings.config().apiKeys());
    return new Told(isCsv ? report.csv() : report.json(), others);
  }

  private static List<UsageRow> sums(List<UsageRow> here, SharedUsage.Others others) {
    UsageSums sums = new UsageSums();
    others.rows().forEach(sums::add);
    here.stream().filter(row -> !row.day().isBefore(others.from())).forEach(sums::add);
    return sums.rows();
  }

  /**
   * What is told.
   *
   * @param text the rows
   * @param others what else than this gateway's own they are of; empty where nothing is shared
   */
  record Told(String text, Optional<SharedUsage.Others> others) {

    /** Says of how many gateways it is, and what it lacks. */
    void addTo(ResponseWriter fields) {
      if (others.isPresent()) {
        fields.field(GATEWAYS, 1 + others.get().gateways());
        String lacks = lacks(others.get());
        if (!lacks.isEmpty()) {
          fields.field(LACKS, lacks);
        }
      }
    }

    private static String lacks(SharedUsage.Others others) {
      return switch (others.reach()) {
        case ALL -> "";
        case NONE -> "all other gateways, since what they share can't be reached";
        case PART ->
            others.from().equals(LocalDate.MIN)
                ? "rows of other gateways that can't be read"
                : "the days before " + others.from() + ", which would be too much to read";
      };
    }
  }
}
