package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestIdTest {

  private static final String LONGEST_MARK = "(longest)";
  private static final String LONGEST = "f".repeat(RequestId.CHARS_MAX);

  private final RealExchange exchange;

  RequestIdTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "550e8400-e29b-41d4-a716-446655440000",
        "Root=1-67891233-abcdef012345678912345678",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "user@host:8080/a.b_c~d+e==",
        LONGEST_MARK
      })
  void aClientsIdFollowsItsRequest(String id) throws Exception {
    String given = id.equals(LONGEST_MARK) ? LONGEST : id;
    assertEquals(new Ids(given, given), ids("X-Request-Id: " + given + "\r\n"));
    assertEquals(new Ids(given, given), ids("x-request-id:   " + given + "  \r\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Request-Id:",
        "X-Request-Id: a b",
        "X-Request-Id: a\tb",
        "X-Request-Id: a,b",
        "X-Request-Id: a;b",
        "X-Request-Id: \"a\"",
        "X-Request-Id: a%20b",
        "X-Request-Id: a\u00e9",
        "X-Request-Id: <script>",
        "X-Request-Id: 1\r\nX-Request-Id: 1",
        "X-Request-Id: f" + LONGEST_MARK,
        "X-Requestid: 1"
      })
  void whatIsNoneIsReplaced(String field) throws Exception {
    Ids ids = ids(field.replace(LONGEST_MARK, LONGEST) + "\r\n");
    assertTrue(ids.told().matches("[0-9a-f]{16}"), ids.told());
    assertEquals(ids.told(), ids.logged());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"sekret", "Bearer:x/sekret", "key=sekret", "/k/sekret/", "a+sekret", "sekret="})
  void oneThatIsAKeyIsToldToItsClientAlone(String id) throws Exception {
    Ids ids = ids("X-Request-Id: " + id + "\r\n");
    assertEquals(id, ids.told());
    assertTrue(ids.logged().matches("[0-9a-f]{16}"), ids.logged());
  }

  private Ids ids(String fields) throws Exception {
    return exchange.look(
        "GET /api/tags HTTP/1.1\r\nHost: g\r\n" + fields + "\r\n",
        e -> {
          Call call = new Call(e, TestSettings.plain());
          return new Ids(call.idText(), call.loggedId());
        });
  }

  /** What the client is told, and what logs and servers are. */
  private record Ids(String told, String logged) {}
}
