package ollama.gateway.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";

  @ParameterizedTest
  @CsvSource({
    "00-T-S-01, true",
    "00-T-S-00, false",
    "00-T-S-03, true",
    "00-T-S-02, false",
    "00-T-S-ff, true",
    "01-T-S-01, true",
    "cc-T-S-00-what-comes-later, false",
    "fe-T-S-01-, true",
  })
  void whatIsValidIsRead(String brief, boolean sampled) {
    TraceContext context = parsed(brief).orElseThrow();

    assertEquals(TRACE, context.traceText());
    assertEquals(SPAN, context.spanText());
    assertEquals(sampled, context.sampled());
    assertEquals(
        "00-" + TRACE + "-" + SPAN + (sampled ? "-01" : "-00"), context.text(), "as version 00");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "00-T-S",
        "00-T-S-",
        "00-T-S-0",
        "00-T-S-001",
        "00-T-S-01-",
        "00-T-S-01-more",
        "01-T-S-01more",
        "ff-T-S-01",
        "0-T-S-01",
        "000-T-S-01",
        "0x-T-S-01",
        "FE-T-S-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-S-01",
        "00-T-00F067AA0BA902B7-01",
        "00-T-S-0G",
        "00-T-S-0F",
        "00-00000000000000000000000000000000-S-01",
        "00-T-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-S-01",
        "00-T0-S-01",
        "00-T-f067aa0ba902b7-01",
        "00_T_S_01",
        "00-T-S_01",
        " 00-T-S-01",
        "00-T-S-01 ",
        "00-T-S-01,00-T-S-01",
        "00-g" + "bf92f3577b34da6a3ce929d0e0e4736-S-01",
      })
  void whatIsNotValidIsNothing(String brief) {
    assertEquals(Optional.empty(), parsed(brief));
  }

  @Test
  void whatStandsAroundDoesNotMatter() {
    byte[] bytes = ("xx00-" + TRACE + "-" + SPAN + "-01yy").getBytes(StandardCharsets.US_ASCII);

    assertTrue(TraceContext.parse(bytes, 2, bytes.length - 2).isPresent());
  }

  @Test
  void eachTraceAndSpanHasAnIdOfItsOwn() {
    TraceContext one = TraceContext.root(true);
    TraceContext other = TraceContext.root(false);

    assertNotEquals(one.traceText(), other.traceText());
    assertNotEquals(one.spanId(), other.spanId());
    assertEquals(Optional.of(one), parsed(one.text()));
    assertEquals(Optional.of(other), parsed(other.text()));
    assertEquals(one.traceText(), one.withSpan(5).traceText());
    assertEquals("0000000000000005", one.withSpan(5).spanText());
    assertTrue(other.withSampled(true).sampled());
  }

  @Test
  void noIdIsZero() {
    assertThrows(IllegalArgumentException.class, () -> new TraceContext(0, 0, 1, true));
    assertThrows(IllegalArgumentException.class, () -> new TraceContext(1, 0, 0, true));
  }

  private static Optional<TraceContext> parsed(String brief) {
    byte[] bytes =
        brief.replace("T", TRACE).replace("S", SPAN).getBytes(StandardCharsets.ISO_8859_1);
    return TraceContext.parse(bytes, 0, bytes.length);
  }
}
