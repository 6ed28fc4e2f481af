package ollama.gateway.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MultipartFormTest {
  private static final String FILE =
      """
      --B
      Content-Disposition: form-data; name="file"; filename="C:\\a \\"b\\".wav"
      Content-Type: audio/wav

      --Bx is no delimiter
      \r\r
      -
      """;

  private static final String MODEL =
      """
      --B
      Content-Disposition: form-data; name="model"

      tiny:7b
      --B--
      """;

  @Test
  void theFieldIsFoundBeforeOrBehindAFile() {
    assertEquals(Optional.of("tiny:7b"), model(MODEL));
    assertEquals(Optional.of("tiny:7b"), model(FILE + MODEL));
    assertEquals(Optional.of("tiny:7b"), model(MODEL.replace("--B--\n", "") + FILE));
    assertEquals(Optional.of("tiny:7b"), model(MODEL.replace("\"model\"", "model")));
    assertEquals(
        Optional.of("tiny:7b"), model(MODEL.replace("Content-Disposition", "CONTENT-disposition")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data; boundary=a-B",
        "Multipart/Form-Data;BOUNDARY=\"a-B\"",
        "multipart/form-data; charset=utf-8; boundary=a-B",
        "multipart/form-data; boundary=a-B ; charset=utf-8",
        "multipart/form-data; boundary=a-B;",
      })
  void theBoundaryStandsInTheContentType(String type) {
    assertEquals("a-B", MultipartForm.boundary(type));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "application/json",
        "multipart/mixed; boundary=a",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-data; x=\"; boundary=a\"; boundary=b",
      })
  void whereItCannotBeToldThereIsNoBoundary(String type) {
    assertEquals("", MultipartForm.boundary(type));
  }

  @Test
  void ofTwoFieldsTheFirstCounts() {
    assertEquals(
        Optional.of("tiny:7b"),
        model(MODEL.replace("--B--\n", "") + MODEL.replace("tiny", "other")));
  }

  @Test
  void allFieldsOfAFormThatIsWholeAreTold() {
    String open = MODEL.replace("--B--\n", "");
    String file = FILE.replace("--Bx", "-Bx");
    assertEquals(Optional.of(List.of("tiny:7b")), models(MODEL));
    assertEquals(Optional.of(List.of("tiny:7b")), models(file + MODEL));
    assertEquals(Optional.of(List.of("tiny:7b")), models(open + file + "--B--"));
    assertEquals(
        Optional.of(List.of("tiny:7b", "other:7b")),
        models(open + file + MODEL.replace("tiny", "other")));
    assertEquals(Optional.of(List.of()), models(file + "--B--\n"));
    assertEquals(Optional.empty(), models(open));
    assertEquals(Optional.empty(), models(open + file));
    byte[] body = crlf(MODEL);
    int end = new String(body, UTF_8).lastIndexOf("--B--") + "--B--".length();
    for (int length = 0; length < end; length++) {
      assertEquals(Optional.empty(), MultipartForm.values(body, length, "B", "model"));
    }
  }

  /** Behind a field that is clear: to some readers there is another one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--B\r\nContent-Disposition: form-data; name*=utf-8''model\r\n\r\nother\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=\"mo\\del\"\r\n\r\nother\r\n--B--",
        "--B \r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nother\r\n--B--",
        "--B\nContent-Disposition: form-data; name=\"model\"\n\nother\n--B--",
        "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n"
            + "x\n--B\nContent-Disposition: form-data; name=\"model\"\n\nother\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n"
            + "x\r--B\rContent-Disposition: form-data; name=\"model\"\r\rother\r\n--B--",
        "--B--\r\n--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nother\r\n--B--",
      })
  void whatCanBeReadInTwoWaysBehindAFieldLeavesNoValues(String behind) {
    byte[] body = (new String(crlf(MODEL.replace("--B--\n", "")), UTF_8) + behind).getBytes(UTF_8);
    assertEquals(
        Optional.of("tiny:7b"), MultipartForm.field(body, body.length, "B", "model"), behind);
    assertEquals(Optional.empty(), MultipartForm.values(body, body.length, "B", "model"));
  }

  @Test
  void aFileOfThatNameIsNoField() {
    String file = MODEL.replace("\"model\"", "\"model\"; filename=\"x\"").replace("--B--\n", "");
    assertEquals(Optional.empty(), model(file));
    assertEquals(Optional.of("other:7b"), model(file + MODEL.replace("tiny", "other")));
  }

  @Test
  void aValueThatDoesNotEndHereIsNone() {
    byte[] body = crlf(FILE + MODEL);
    int end = new String(body, UTF_8).lastIndexOf("--B--") + "--B-".length();
    for (int length = 0; length < end; length++) {
      assertEquals(Optional.empty(), MultipartForm.field(body, length, "B", "model"));
    }
    assertEquals(Optional.of("tiny:7b"), MultipartForm.field(body, end, "B", "model"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "form-data; name=\"model\"; name=\"file\"",
        "form-data; name=\"file\"; name=\"model\"",
        "form-data; name*=utf-8''model",
        "form-data; name*0=mo; name*1=del",
        "form-data; name=\"mo\\del\"",
        "form-data; name=\"model\"; filename=\"\"",
        "form-data; name=\"model\"; filename*=utf-8''x",
        "form-data; name=\"model\"; x=1",
        "form-data; name=\"model\";",
        "form-data; name = \"model\"",
        "form-data; name=\"model",
        "form-data",
        "attachment; name=\"model\"",
        "form-data; name=\"model\"\n folded: 1",
        "form-data; name=\"x\"\nContent-Disposition: form-data; name=\"model\"",
        "form-data; name=\"model\"\nContent-Transfer-Encoding: Quoted-Printable",
        "form-data; name=\"model\"\nno header"
      })
  void whatCanBeReadInTwoWaysEndsTheSearch(String disposition) {
    String unclear = MODEL.replace("form-data; name=\"model\"", disposition);
    assertEquals(Optional.empty(), model(unclear.replace("--B--\n", "") + MODEL));
  }

  @Test
  void otherLinesEndsAndAPreambleEndTheSearch() {
    byte[] lines = MODEL.getBytes(UTF_8);
    assertEquals(Optional.empty(), MultipartForm.field(lines, lines.length, "B", "model"));
    assertEquals(Optional.empty(), model("preamble\n" + MODEL));
    assertEquals(Optional.empty(), model(MODEL.replace("--B\n", "--B \n")));
  }

  @Test
  void lengthsAreBounded() {
    String longest = "x".repeat(MultipartForm.VALUE_BYTES_MAX);
    assertEquals(Optional.of(longest), model(MODEL.replace("tiny:7b", longest)));
    assertEquals(Optional.empty(), model(MODEL.replace("tiny:7b", longest + "x")));
    String headers = ("X: " + "x".repeat(100) + "\n").repeat(100);
    assertEquals(Optional.empty(), model(MODEL.replace("\n\n", "\n" + headers + "\n")));
    byte[] body = crlf(MODEL);
    assertEquals(Optional.empty(), MultipartForm.field(body, body.length, "", "model"));
    assertEquals(Optional.empty(), MultipartForm.field(body, body.length, "B".repeat(71), "model"));
  }

  private static Optional<String> model(String body) {
    byte[] bytes = crlf(body);
    return MultipartForm.field(bytes, bytes.length, "B", "model");
  }

  private static Optional<List<String>> models(String body) {
    byte[] bytes = crlf(body);
    return MultipartForm.values(bytes, bytes.length, "B", "model");
  }

  private static byte[] crlf(String text) {
    return text.replace("\n", "\r\n").getBytes(UTF_8);
  }
}
