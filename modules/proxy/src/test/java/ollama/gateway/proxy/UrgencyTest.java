package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import ollama.gateway.balancer.dispatch.Priority;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UrgencyTest {

  private static final String KEY = "Authorization: " + TestSettings.KEY + "\r\n";

  private final RealExchange exchange;

  UrgencyTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @ParameterizedTest
  @CsvSource({"interactive, INTERACTIVE", "normal, NORMAL", "batch, BATCH"})
  void aRequestIsOfTheClassOfItsKey(String priority, Priority expected) throws Exception {
    assertEquals(expected, of(priority, KEY));
  }

  @ParameterizedTest
  @CsvSource({
    "interactive, Normal, NORMAL",
    "interactive, BATCH, BATCH",
    "normal, batch, BATCH",
  })
  void aRequestMayLowerItsOwn(String priority, String asked, Priority expected) throws Exception {
    assertEquals(expected, of(priority, KEY + "x-gateway-priority:  " + asked + " \r\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "batch, interactive, BATCH",
    "batch, normal, BATCH",
    "normal, interactive, NORMAL",
    "normal, urgent, NORMAL",
    "interactive, batches, INTERACTIVE",
    "interactive, '', INTERACTIVE",
  })
  void aHigherOrUnknownWordChangesNothing(String priority, String asked, Priority expected)
      throws Exception {
    assertEquals(expected, of(priority, KEY + "X-Gateway-Priority: " + asked + "\r\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"batch", "interactive"})
  void ofSeveralLinesTheLowestHolds(String last) throws Exception {
    String lines = "X-Gateway-Priority: batch\r\nX-Gateway-Priority: " + last + "\r\n";
    assertEquals(Priority.BATCH, of("interactive", KEY + lines));
  }

  @Test
  void withoutAKeyItIsANormalOneThatMayBeLowered() throws Exception {
    assertEquals(Priority.NORMAL, of("interactive", ""));
    assertEquals(Priority.BATCH, of("interactive", "X-Gateway-Priority: batch\r\n"));
  }

  private Priority of(String keysPriority, String fields) throws Exception {
    String request = "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + fields + "\r\n";
    return exchange.look(
        request,
        e -> {
          Call call = new Call(e, TestSettings.ofPriority(keysPriority));
          boolean _ = call.authenticate();
          return Urgency.of(call);
        });
  }
}
