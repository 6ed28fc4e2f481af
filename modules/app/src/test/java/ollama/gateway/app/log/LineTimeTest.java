package ollama.gateway.app.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineTimeTest {

  private final LineTime time = new LineTime();

  @ParameterizedTest
  @CsvSource({
    "0, 1970-01-01T00:00:00.000Z",
    "7, 1970-01-01T00:00:00.007Z",
    "1801396800045, 2027-01-31T12:00:00.045Z",
    "1801396800999, 2027-01-31T12:00:00.999Z",
    "1801396801100, 2027-01-31T12:00:01.100Z",
    "-1, 1969-12-31T23:59:59.999Z",
  })
  void aTimeIsToldToTheMillisecond(long millis, String text) {
    // Also behind another one of the same second, and of another.
    for (long before : new long[] {millis, millis - millis % 1000, millis + 5000}) {
      String _ = time.text(before);
      assertEquals(text, time.text(millis));
    }
  }
}
