package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.Test;

/** That a key was removed is remembered for as long as anybody might let it in, within bounds. */
class RemovalsTest {

  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final ApiKey ADMIN = ApiKey.ofPlain("admin", "admin's", true);
  private static final ApiKey ANNE = ApiKey.ofPlain("anne", "anne's", false);

  private final Map<String, String> store = new LinkedHashMap<>();
  private long now = 100 * DAY;

  private SharedKeys gateway(ApiKey... file) {
    SharedKeys keys = SharedKeys.with(store::put, () -> Instant.ofEpochMilli(now));
    List<ApiKey> _ = keys.begin(List.of(file));
    return keys;
  }

  /** As {@link Sharing} and the store's thread do it. */
  private void forget() {
    store.keySet().removeAll(Removals.over(store, now));
  }

  private void hear(SharedKeys keys) {
    boolean _ = keys.heard(Map.copyOf(store));
  }

  @Test
  void aRemovalIsForgottenAfterThirtyDaysWhereNoFileHasTheKey() {
    SharedKeys one = gateway(ADMIN, ANNE);
    SharedKeys other = gateway(ADMIN);
    one.fileSays(List.of(ADMIN));
    hear(other);
    now += 30 * DAY;
    forget();
    assertEquals(Set.of(ANNE.sha256()), store.keySet());

    now++;
    forget();
    assertEquals(Map.of(), store);
    for (SharedKeys each : List.of(one, other)) {
      hear(each);
      assertEquals(Map.of(), store);
      assertEquals(List.of(ADMIN), each.all());
      // It is as if it had never been.
      assertTrue(each.with(ANNE).contains(ANNE));
    }
  }

  @Test
  void aRemovalIsRememberedWhileAGatewayRunsWhoseFileHasTheKey() {
    SharedKeys one = gateway(ADMIN, ANNE);
    SharedKeys other = gateway(ADMIN, ANNE);
    one.fileSays(List.of(ADMIN));
    for (int day = 0; day < 100; day++) {
      hear(one);
      hear(other);
      assertFalse(other.all().contains(ANNE));
      now += DAY + 1;
      forget();
    }
    hear(other);
    SharedKeys late = gateway(ADMIN, ANNE);
    hear(late);
    assertEquals(List.of(ADMIN), late.all());
  }

  @Test
  void aRemovalThatTheStoreHasForgottenIsToldAgainByWhoHasTheKeyInItsFile() {
    SharedKeys one = gateway(ADMIN, ANNE);
    SharedKeys other = gateway(ADMIN, ANNE);
    one.fileSays(List.of(ADMIN));
    hear(other);
    now += 40 * DAY;
    forget();
    assertEquals(Map.of(), store);

    hear(other);
    assertEquals(now + " removed", store.get(ANNE.sha256()));
    assertEquals(List.of(ADMIN), other.all());
  }

  @Test
  void ofTooManyTheOldestGoAndKeysStay() {
    Map<String, String> entries = new HashMap<>();
    entries.put("key", AnnouncedKey.text(Optional.of(ANNE)).replaceFirst("^", "1 "));
    entries.put("nonsense", "removed");
    for (int i = 0; i < Removals.MAX + 3; i++) {
      entries.put("k" + i, now - i + " removed");
    }

    int max = Removals.MAX;
    assertEquals(Set.of("k" + max, "k" + (max + 1), "k" + (max + 2)), Removals.over(entries, now));
    entries.keySet().removeAll(Removals.over(entries, now));
    assertEquals(Set.of(), Removals.over(entries, now));
  }
}
