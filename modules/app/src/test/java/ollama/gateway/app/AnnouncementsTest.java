package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import ollama.gateway.app.Announcements.Said;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What gateways announce, and that all come to the same. */
class AnnouncementsTest {

  private final Map<String, String> store = new LinkedHashMap<>();
  private long now = 1_000;
  private final Announcements one = gateway(0);
  private final Announcements other = gateway(0);

  private Announcements gateway(long ahead) {
    return new Announcements(store::put, () -> Instant.ofEpochMilli(now + ahead));
  }

  @Test
  void whatIsSaidLastHoldsOnAll() {
    one.say("x", "a");
    assertTrue(other.heard(store));
    now++;
    other.say("x", "b");
    assertTrue(one.heard(store));
    assertEquals(Map.of("x", new Said(1_001, "b")), one.latest());
    assertEquals(one.latest(), other.latest());
    assertFalse(one.heard(store));
  }

  @Test
  void whatWasSaidAlreadyIsToldToNobodyAgain() {
    one.say("x", "a");
    boolean _ = other.heard(store);
    store.clear();
    other.say("x", "a");
    assertEquals(Map.of(), store);
  }

  @Test
  void aClockThatIsBehindDoesntKeepAGatewayFromHavingTheLastWord() {
    Announcements ahead = gateway(500_000);
    ahead.say("x", "a");
    boolean _ = one.heard(store);
    one.say("x", "b");
    assertTrue(ahead.heard(store));
    assertEquals("b", ahead.of("x").orElseThrow().what());
  }

  @Test
  void whatIsToldLateDoesntTakeBackWhatWasSaidSince() {
    Map<String, String> kept = new LinkedHashMap<>();
    Announcements away = new Announcements(kept::put, () -> Instant.ofEpochMilli(now));
    away.say("x", "a");
    now++;
    one.say("x", "b");
    // It comes back.
    store.putAll(kept);
    boolean _ = one.heard(Map.copyOf(store));
    boolean _ = away.heard(Map.copyOf(store));
    boolean _ = other.heard(Map.copyOf(store));
    assertEquals("b", one.of("x").orElseThrow().what());
    assertEquals("b", away.of("x").orElseThrow().what());
    assertEquals("b", other.of("x").orElseThrow().what());
  }

  @Test
  void aStoreThatHasLostEverythingIsToldAgain() {
    one.say("x", "a");
    one.say("y", "b");
    Map<String, String> before = Map.copyOf(store);
    store.clear();
    assertFalse(one.heard(Map.of()));
    assertEquals(before, store);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a", "1", "x a", "-1 a", "99999999999999999999 a", "1.5 a"})
  void whatHasNoTimeDoesntCount(String text) {
    assertFalse(one.heard(Map.of("x", text)));
    one.say("x", "a");
    assertFalse(one.heard(Map.of("x", text)));
    assertEquals("a", one.of("x").orElseThrow().what());
    assertEquals("1000 a", store.get("x"));
  }

  @Test
  void inWhateverOrderTheyHearAllComeToTheSame() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      store.clear();
      List<Announcements> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        all.add(gateway(random.nextInt(50)));
      }
      for (int i = 0; i < 30; i++) {
        Announcements by = all.get(random.nextInt(all.size()));
        now += random.nextInt(3);
        switch (random.nextInt(4)) {
          case 0 -> store.clear();
          case 1 -> by.say("n" + random.nextInt(3), "w" + random.nextInt(3));
          default -> {
            boolean _ = by.heard(Map.copyOf(store));
          }
        }
      }
      for (int i = 0; i < 3; i++) {
        for (Announcements each : all) {
          boolean _ = each.heard(Map.copyOf(store));
        }
      }
      for (Announcements each : all) {
        assertEquals(all.getFirst().latest(), each.latest());
      }
    }
  }
}
