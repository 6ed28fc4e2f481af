package ollama.gateway.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginPatternTest {

  private static boolean matches(String pattern, String origin) {
    List<OriginPattern> origins = List.of(OriginPattern.parse(pattern));
    return new CorsConfig(origins, List.of(), List.of(), 0).allows(origin);
  }

  @ParameterizedTest
  @CsvSource({
    "*, https://anything.example:1",
    "*, null",
    "null, null",
    "https://chat.example.com, https://chat.example.com",
    "https://Chat.Example.com, https://chat.example.com",
    "https://chat.example.com:443, https://chat.example.com",
    "http://chat.example.com:80, http://chat.example.com",
    "https://chat.example.com:8443, https://chat.example.com:8443",
    "https://*.example.com, https://a.example.com",
    "https://*.example.com, https://a.b.example.com",
    "https://*.example.com:*, https://a.example.com:8443",
    "http://localhost:*, http://localhost:3000",
    "http://localhost:*, http://localhost",
    "http://[::1]:*, http://[::1]:3000",
    "http://[::1], http://[::1]",
    "chrome-extension://*, chrome-extension://abcdefghijklmnop",
    "app://obsidian.md, app://obsidian.md",
    "capacitor://localhost, capacitor://localhost",
    "http://*:3000, http://192.168.1.5:3000",
    "file://*, file://",
    "file://, file://",
  })
  void isMeant(String pattern, String origin) {
    assertTrue(matches(pattern, origin));
  }

  @ParameterizedTest
  @CsvSource({
    "https://chat.example.com, http://chat.example.com",
    "https://chat.example.com, https://chat.example.com:8443",
    "https://chat.example.com, https://chat.example.com.evil.example",
    "https://chat.example.com, https://evil.example",
    "https://chat.example.com, null",
    "https://*.example.com, https://example.com",
    "https://*.example.com, https://.example.com",
    "https://*.example.com, https://evilexample.com",
    "https://*.example.com, https://evil.example/.example.com",
    "https://*.example.com, https://evil.example#.example.com",
    "https://*.example.com, https://evil.example?.example.com",
    "https://*.example.com, https://evil.example:1.example.com",
    "https://*.example.com, https://*.example.com",
    "https://*.example.com, https://user@a.example.com",
    "https://*.example.com, 'https://a.example.com https://b.example.com'",
    "http://localhost:*, http://localhost:",
    "http://localhost:*, http://localhost:3000x",
    "http://localhost:*, http://localhost.evil.example:3000",
    "http://[::1]:*, http://[::2]:3000",
    "chrome-extension://*, moz-extension://abcdefghijklmnop",
    "null, https://null",
    "null://x, null",
    "file://, null",
    "https://*, file://",
    "https://null, null",
    "http://chat.example.com:443, http://chat.example.com",
  })
  void isNotMeant(String pattern, String origin) {
    assertFalse(matches(pattern, origin));
  }

  @ParameterizedTest
  @CsvSource({
    "chat.example.com, begins with its scheme",
    "localhost:3000, begins with its scheme",
    "**, begins with its scheme",
    "https://chat.example.com/, neither a path nor a slash",
    "https://chat.example.com/chat, neither a path nor a slash",
    "https://, no origin",
    "https://a b.example, no origin",
    "https://chat.*.com, no origin",
    "https://chat*.example.com, no origin",
    "https://*example.com, no origin",
    "https://chat.example.com:, no origin",
    "https://chat.example.com:http, no origin",
    "https://user@chat.example.com, no origin",
    "https://chat.example.com?x, no origin",
    "*://chat.example.com, no origin",
  })
  void whatCannotBeOneIsRefusedWithWhatToWrite(String text, String said) {
    Throwable refused =
        assertThrows(IllegalArgumentException.class, () -> OriginPattern.parse(text));

    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(said), message);
    assertTrue(message.contains("https://chat.example.com"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "null", "https://*.example.com", "http://[::1]:*", "app://x"})
  void isWrittenAsItWasGiven(String text) {
    assertEquals(text, OriginPattern.parse(text).toString());
    assertEquals(OriginPattern.parse(text), OriginPattern.parse(text));
  }

  @Test
  void whatIsTooLongIsNone() {
    String longOne = "https://" + "a".repeat(300) + ".example";

    assertFalse(matches("https://*.example", longOne));
    assertThrows(IllegalArgumentException.class, () -> OriginPattern.parse(longOne));
  }
}
