package ollama.gateway.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtlpJsonTest {

  private static final TraceContext CONTEXT = new TraceContext(1, 0xabcL, 0x2dL, true);

  private final OtlpJson form =
      new OtlpJson(new Attributes().put("service.name", "gateway"), "here", "1.2.3");

  @Test
  void spansHaveTheFormOfOtlp() {
    Span server =
        new Span(
            CONTEXT,
            Span.Parent.NONE,
            Span.Kind.SERVER,
            "chat tiny",
            new Span.Interval(1_700_000_000_123_456_789L, 1_700_000_001_000_000_000L),
            new Attributes()
                .put("text", "a \"b\"\n")
                .put("none", "")
                .put("whole", 9_007_199_254_740_993L)
                .put("fraction", 0.25)
                .put("flag", true),
            Optional.empty());
    Span client =
        new Span(
            CONTEXT.withSpan(7),
            new Span.Parent(0x2d, true),
            Span.Kind.CLIENT,
            "server",
            new Span.Interval(2, 1),
            new Attributes(),
            Optional.of("it died"));

    assertEquals(
        """
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gateway"}}]},\
        "scopeSpans":[{"scope":{"name":"here","version":"1.2.3"},"spans":[\
        {"traceId":"00000000000000010000000000000abc","spanId":"000000000000002d","flags":257,\
        "name":"chat tiny","kind":2,\
        "startTimeUnixNano":"1700000000123456789","endTimeUnixNano":"1700000001000000000",\
        "attributes":[{"key":"text","value":{"stringValue":"a \\"b\\"\\n"}},\
        {"key":"whole","value":{"intValue":"9007199254740993"}},\
        {"key":"fraction","value":{"doubleValue":0.25}},\
        {"key":"flag","value":{"boolValue":true}}]},\
        {"traceId":"00000000000000010000000000000abc","spanId":"0000000000000007",\
        "parentSpanId":"000000000000002d","flags":769,"name":"server","kind":3,\
        "startTimeUnixNano":"2","endTimeUnixNano":"2","attributes":[],\
        "status":{"message":"it died","code":2}}]}]}]}\
        """,
        new String(form.of(List.of(List.of(server), List.of(client))), StandardCharsets.UTF_8));
  }

  /** A collector that can't read one text would refuse the spans of all. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"ab\\ud83dcd | ab?cd", "\\ude00 | ?", "\\ud83d\\ude00 | \\ud83d\\ude00", "é€ | é€"})
  void noTextMakesSpansUnreadable(String escaped, String read) throws Exception {
    assertEquals(unescaped(read), sent(unescaped(escaped)));
  }

  @Test
  void longTextsAreCut() throws Exception {
    assertEquals("x".repeat(1024), sent("x".repeat(5000)));
    // In the middle of a character.
    assertEquals("x".repeat(1023) + "?", sent("x".repeat(1023) + "\ud83d\ude00"));
  }

  private String sent(String text) throws Exception {
    Span span =
        new Span(
            CONTEXT,
            Span.Parent.NONE,
            Span.Kind.SERVER,
            "x",
            new Span.Interval(1, 2),
            new Attributes().put("text", text),
            Optional.empty());
    JsonNode read = new ObjectMapper().readTree(form.of(List.of(List.of(span))));
    return read.at("/resourceSpans/0/scopeSpans/0/spans/0/attributes/0/value/stringValue").asText();
  }

  private static String unescaped(String text) throws Exception {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("\\u", i)) {
        plain.append((char) Integer.parseInt(text.substring(i + 2, i + 6), 16));
        i += 5;
      } else {
        plain.append(text.charAt(i));
      }
    }
    return plain.toString();
  }
}
