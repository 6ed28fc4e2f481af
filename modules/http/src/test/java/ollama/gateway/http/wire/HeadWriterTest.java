package ollama.gateway.http.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ollama.gateway.http.loop.Output;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.testing.Bytes;
import ollama.gateway.http.testing.LoopbackPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeadWriterTest {

  @AutoClose private final LoopbackPair pair = LoopbackPair.open();
  private final Output output = new Output(pair.connection());

  @AfterEach
  void close() {
    output.discard();
  }

  @Test
  void writesARequest() {
    HeadWriter.requestLine(output, "POST", "/base", "/api/chat?x=\u00fc");
    HeadWriter.field(output, FieldName.of("Host"), "a:11434");
    HeadWriter.field(output, FieldName.of("Content-Length"), 0);
    HeadWriter.end(output);

    assertWritten(
        """
        POST /base/api/chat?x=\u00fc HTTP/1.1
        Host: a:11434
        Content-Length: 0

        """);
  }

  @Test
  void writesAResponse() {
    HeadWriter.statusLine(output, 404);
    HeadWriter.field(output, FieldName.of("X"), "tab\tand \u00ff");
    HeadWriter.field(output, FieldName.of("Content-Length"), Long.MAX_VALUE);
    HeadWriter.end(output);

    assertWritten(
        """
        HTTP/1.1 404 Not Found
        X: tab\tand \u00ff
        Content-Length: 9223372036854775807

        """);
  }

  @Test
  void aStatusWithoutAPhraseKeepsItsSpace() {
    HeadWriter.statusLine(output, 799);

    assertWritten("HTTP/1.1 799 \n");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 9, 10, 99, 100, 1_099_511_627_776L})
  void writesNumbers(long number) {
    HeadWriter.field(output, FieldName.of("N"), number);

    assertWritten("N: " + number + "\n");
  }

  @Test
  void writesHexadecimalDigits() {
    HeadWriter.hexField(output, FieldName.of("Id"), 0x00ab_cdef_0123_4567L);
    HeadWriter.hexField(output, FieldName.of("Id"), -1);

    assertWritten("Id: 00abcdef01234567\nId: ffffffffffffffff\n");
  }

  @Test
  void writesPreparedLines() {
    FieldBlock block =
        FieldBlock.of(FieldName.of("A"), "1")
            .and(FieldName.of("B"), "\u00fc")
            .and(FieldName.of("C"), "");
    HeadWriter.fields(output, block);
    HeadWriter.fields(output, block);

    assertWritten("A: 1\nB: \u00fc\nC: \n".repeat(2));
  }

  @Test
  void preparesNoLineThatSplitsTheHead() {
    FieldName name = FieldName.of("A");

    assertThrows(IllegalArgumentException.class, () -> FieldBlock.of(name, "1\r\nB: 2"));
    assertThrows(
        IllegalArgumentException.class, () -> FieldBlock.of(name, "1").and(name, "1\nB: 2"));
  }

  @Test
  void writesAParsedValueUnderAnotherName() throws ProtocolException {
    String head = "GET / HTTP/1.1\r\nHost: a:80 \r\n\r\n";
    Fields fields =
        new RequestParser().parse(Bytes.buffer(head), HeadLimits.DEFAULT).orElseThrow().fields();
    HeadWriter.field(output, FieldName.of("X-Forwarded-Host"), fields, 0);

    assertWritten("X-Forwarded-Host: a:80\n");
  }

  @Test
  void passesParsedFieldsOnAsTheyCame() throws ProtocolException {
    String head = "GET / HTTP/1.1\r\nhOsT:a\r\nx-Odd:  \tvalue \u00e4\t \r\nEmpty:\r\n\r\n";
    Fields fields =
        new RequestParser().parse(Bytes.buffer(head), HeadLimits.DEFAULT).orElseThrow().fields();
    for (int i = 0; i < fields.count(); i++) {
      HeadWriter.field(output, fields, i);
    }

    assertWritten("hOsT: a\nx-Odd: value \u00e4\nEmpty: \n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nSet-Cookie: b", "a\rb", "a\nb", "a\0b", "\u007f", "\u010d\u010a"})
  void neverWritesAValueThatSplitsTheHead(String value) {
    HeadWriter.statusLine(output, 200);

    assertThrows(
        IllegalArgumentException.class,
        () -> HeadWriter.field(output, FieldName.of("Location"), value));
    assertWritten("HTTP/1.1 200 OK\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a:", "a\r\n", "\u00fc", "\u0141"})
  void neverWritesANameThatIsNone(String name) {
    assertThrows(
        IllegalArgumentException.class, () -> HeadWriter.field(output, FieldName.of(name), "a"));
    assertWritten("");
  }

  @Test
  void aHeadMayBeLargerThanAPooledBuffer() {
    String value = "a".repeat(7_000);
    HeadWriter.statusLine(output, 200);
    for (int i = 0; i < 4; i++) {
      HeadWriter.field(output, FieldName.of("X"), value);
    }
    HeadWriter.end(output);

    assertWritten("HTTP/1.1 200 OK\n" + ("X: " + value + "\n").repeat(4) + "\n");
  }

  private void assertWritten(String textBlock) {
    assertEquals(Bytes.crlf(textBlock), Bytes.text(output.room(0).duplicate().flip()));
  }
}
