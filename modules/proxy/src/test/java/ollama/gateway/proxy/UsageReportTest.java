package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.LocalDate;
import java.util.List;
import ollama.gateway.config.ApiKey;
import ollama.gateway.usage.TokenCounts;
import ollama.gateway.usage.UsageRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who used what, as programs for tables read it. */
class UsageReportTest {

  private static final LocalDate DAY = LocalDate.of(2027, 1, 31);
  private static final String ID = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "m:latest      ; m:latest",
        "a,b           ; \"a,b\"",
        "a\"b          ; \"a\"\"b\"",
        "a=b+c-d@e'f   ; a=b+c-d@e'f",
        "=cmd|calc     ; \"'=cmd|calc\"",
        "+1            ; \"'+1\"",
        "-1            ; \"'-1\"",
        "@SUM(A1)      ; \"'@SUM(A1)\"",
        "=\"a\",1      ; \"'=\"\"a\"\",1\"",
        "``            ; ``",
      })
  void nothingInACellIsAFormula(String model, String cell) {
    assertEquals("2027-01-31,,0123456789ab," + cell + ",1,0,2,0,3\r\n", line(model));
  }

  @Test
  void whatBreaksALineStaysInItsCell() {
    for (String model : new String[] {"\t=1", "\r=1", "\n=1"}) {
      assertEquals("2027-01-31,,0123456789ab,\"'" + model + "\",1,0,2,0,3\r\n", line(model));
    }
    for (String model : new String[] {"a\r=1", "a\n=1"}) {
      assertEquals("2027-01-31,,0123456789ab,\"" + model + "\",1,0,2,0,3\r\n", line(model));
    }
  }

  @Test
  void neitherIsAKeysName() {
    ApiKey key = new ApiKey("=cmd|calc", ID, false);
    UsageReport report = new UsageReport(List.of(row("m:latest")), List.of(key));
    assertTrue(report.csv().contains("\r\n2027-01-31,\"'=cmd|calc\",0123456789ab,"), report::csv);
    assertTrue(report.json().contains("\"key\":\"=cmd|calc\""), report::json);
  }

  @Test
  void withoutRowsThereIsTheHeader() {
    assertEquals(1, new UsageReport(List.of(), List.of()).csv().lines().count());
  }

  /** What stands below the header. */
  private static String line(String model) {
    String csv = new UsageReport(List.of(row(model)), List.of()).csv();
    return csv.substring(csv.indexOf("\r\n") + 2);
  }

  private static UsageRow row(String model) {
    return new UsageRow(ID, model, DAY, 1, 0, new TokenCounts(2, 0, 3));
  }
}
