package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTargetTest {

  @ParameterizedTest
  @CsvSource({
    "/a, /a?model=b:c",
    "/a?x=1, /a?x=1&model=b:c",
    "/a?model=1&x=1&m%6fdel=2, /a?x=1&model=b:c",
    "/k/KEY/a?model=1, /a?model=b:c"
  })
  void aParameterIsReplacedWhereverItStands(String received, String expected) {
    RequestTarget replaced = RequestTarget.of(received, true).with("model", "b:c");

    assertEquals(expected, replaced.target());
    assertEquals("/a", replaced.path());
    assertEquals(List.of("b:c"), replaced.parameters("model"));
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/models/x, me/q:32b, /v1/models/me/q:32b",
    "/v1/models/x?y=z, a b&c%, /v1/models/a%20b%26c%25?y=z",
    "/k/K/v1/models/x, ä, /v1/models/%C3%A4"
  })
  void anotherPathIsEncoded(String received, String model, String expected) {
    RequestTarget other = RequestTarget.of(received, true).withPath("/v1/models/" + model);

    assertEquals(expected, other.target());
  }
}
