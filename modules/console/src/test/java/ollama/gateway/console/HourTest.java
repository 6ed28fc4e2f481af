package ollama.gateway.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HourTest {

  private static final Instant BEGAN = Instant.parse("2027-01-31T12:00:00Z");

  private final Hour hour = new Hour(Figures.NONE, BEGAN);

  @Test
  void beforeItsFirstStepItTellsNone() {
    assertEquals(
        "{\"bucketSeconds\":10,\"end\":\"2027-01-31T12:00:00Z\",\"buckets\":[]}", hour.json());
  }

  @Test
  void eachStepTellsWhatWasCountedInIt() {
    hour.firstToken(TimeUnit.MILLISECONDS.toNanos(3));
    hour.step(new Figures(5, 1, 70, 30), BEGAN.plusSeconds(10));
    hour.step(new Figures(7, 1, 80, 30), BEGAN.plusSeconds(20));
    assertEquals(
        "{\"bucketSeconds\":10,\"end\":\"2027-01-31T12:00:20Z\","
            + "\"buckets\":[[5,1,70,30,3,3],[2,0,10,0,null,null]]}",
        hour.json());
  }

  @Test
  void whatIsOlderThanAnHourIsForgotten() {
    for (int i = 1; i <= Hour.STEPS + 3; i++) {
      hour.step(new Figures(i * (long) i, 0, 0, 0), BEGAN.plusSeconds(10L * i));
    }
    String json = hour.json();
    assertEquals(Hour.STEPS, json.split("\\],", -1).length);
    // The first is the fourth: 16 less 9.
    assertTrue(json.contains("\"buckets\":[[7,0,0,0,null,null],[9,"), json);
  }
}
