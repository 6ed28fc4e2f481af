package ollama.gateway.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SessionTest {

  private static final String CHAT = "X-OpenWebUI-Chat-Id: ";
  private static final String SESSION = "X-Session-Id: ";

  private final RealExchange exchange;

  SessionTest() throws IOException {
    exchange = new RealExchange();
  }

  @AfterAll
  void close() {
    exchange.close();
  }

  @Test
  void eitherFieldNamesTheConversation() throws Exception {
    long one = of(1, CHAT + "one");
    assertEquals(one, of(1, CHAT.toLowerCase(Locale.ROOT) + "one"));
    assertEquals(one, of(1, SESSION + "one"));
    assertNotEquals(one, of(1, SESSION + "two"));
    assertNotEquals(0, one);
  }

  @Test
  void ofSeveralTheFirstCounts() throws Exception {
    assertEquals(of(1, CHAT + "one"), of(1, CHAT + "one\r\n" + SESSION + "two"));
    assertEquals(of(1, SESSION + "two"), of(1, SESSION + "two\r\n" + CHAT + "one"));
  }

  @Test
  void anotherKeyHasOthers() throws Exception {
    assertNotEquals(of(1, CHAT + "one"), of(2, CHAT + "one"));
  }

  @Test
  void whatSaysNothingOrTooMuchIsNone() throws Exception {
    assertEquals(0, of(1, "X: 1"));
    assertEquals(0, of(1, CHAT));
    assertEquals(0, of(1, SESSION + "x".repeat(257)));
    assertNotEquals(0, of(1, SESSION + "x".repeat(256)));
  }

  private long of(long scope, String field) throws Exception {
    String request = "GET / HTTP/1.1\r\nHost: g\r\n" + field + "\r\n\r\n";
    return exchange.look(request, e -> Session.of(e.request().fields(), scope));
  }
}
