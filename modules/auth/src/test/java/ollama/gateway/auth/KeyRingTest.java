package ollama.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.ollama.RouteGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyRingTest {
  private static final Principal ALICE = new Principal(ApiKey.ofText("alice", "wonderland"));
  private static final Principal ROOT = new Principal(ApiKey.ofPlain("root", "sésame", true));

  private final KeyRing ring =
      new KeyRing(
          List.of(
              ApiKey.ofPlain("alice", "wonderland", false),
              ApiKey.ofPlain("root", "sésame", true)));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wonderland",
        "Bearer wonderland",
        "bearer wonderland",
        "BEARER    wonderland",
        " \t Bearer wonderland \t ",
        "wonderland=",
        "Bearer wonderland== ",
      })
  void acceptsTheKeyBareAndAsABearer(String presented) {
    assertEquals(Optional.of("alice"), ring.authenticate(presented).map(Principal::name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "=",
        "Bearer",
        "Bearer ",
        "Bearer ==",
        "wonderlan",
        "wonderland2",
        "Wonderland",
        "Bearer\twonderland",
        "Bearerwonderland",
        "Basic wonderland",
        "Bearer Bearer wonderland",
        "wonderland wonderland",
        "wonder=land",
      })
  void refusesAllElse(String presented) {
    assertEquals(Optional.empty(), ring.authenticate(presented));
  }

  @Test
  void readsOnlyTheGivenRange() {
    byte[] head = "X-Key: Bearer wonderland\r\n".getBytes(StandardCharsets.US_ASCII);

    assertEquals(
        Optional.of("alice"), ring.authenticate(head, 6, head.length - 2).map(Principal::name));
    assertEquals(Optional.empty(), ring.authenticate(head, 6, head.length - 3));
    assertThrows(
        IndexOutOfBoundsException.class, () -> ring.authenticate(head, 6, head.length + 1));
  }

  @Test
  void comparesBytesOfUtf8() {
    assertEquals(Optional.of(ROOT), ring.authenticate("Bearer sésame"));
  }

  @Test
  void acceptsAKeyThatWasConfiguredWithItsTrailingEqualsSigns() {
    KeyRing padded = new KeyRing(List.of(ApiKey.ofPlain("alice", "d29uZGVybGFuZA==", false)));

    assertEquals(Optional.of("alice"), padded.authenticate("d29uZGVybGFuZA").map(Principal::name));
    assertEquals(
        Optional.of("alice"), padded.authenticate("Bearer d29uZGVybGFuZA==").map(Principal::name));
  }

  @Test
  void acceptsAKeyThatWasConfiguredWithItsScheme() {
    KeyRing raw = new KeyRing(List.of(ApiKey.ofPlain("alice", "Bearer wonderland", false)));

    assertEquals(Optional.of("alice"), raw.authenticate("Bearer wonderland").map(Principal::name));
    assertEquals(Optional.empty(), raw.authenticate("wonderland"));
  }

  @Test
  void refusesOverlongKeysEvenIfTheyAreRight() {
    String longest = "k".repeat(KeyRing.KEY_BYTES_MAX);
    KeyRing ring =
        new KeyRing(
            List.of(
                ApiKey.ofPlain("alice", longest, false),
                ApiKey.ofPlain("bob", longest + "k", false)));

    assertEquals(Optional.of("alice"), ring.authenticate("Bearer " + longest).map(Principal::name));
    assertEquals(Optional.empty(), ring.authenticate(longest + "k"));
  }

  @Test
  void letsNobodyInWithoutKeys() {
    KeyRing none = new KeyRing(List.of());

    assertEquals(Optional.empty(), none.authenticate("wonderland"));
    assertEquals(Optional.empty(), none.authenticate(""));
    assertEquals(0, none.size());
    assertFalse(none.hasAdmin());
  }

  @Test
  void onlyAdminsAdministerOnceThereIsOne() {
    assertTrue(ring.hasAdmin());
    assertTrue(ring.mayAdminister(ROOT));
    assertFalse(ring.mayAdminister(ALICE));
  }

  @Test
  void everybodyAdministersAsLongAsNoKeyIsMarkedAdmin() {
    KeyRing old = new KeyRing(List.of(ApiKey.ofText("alice", "wonderland")));

    assertFalse(old.hasAdmin());
    assertTrue(old.mayAdminister(ALICE));
  }

  @Test
  void aCertificateStandsForTheKeyThatNamesIt() throws Exception {
    String settings =
        """
        {"ollamaAddresses": ["http://a"], "apiKeys": [
          {"name": "device", "certificate": "device.example", "admin": true},
          {"name": "both", "sha256": "%s", "certificate": "b"}]}
        """
            .formatted(ApiKey.ofPlain("x", "y", false).sha256());
    byte[] json = settings.getBytes(StandardCharsets.UTF_8);
    KeyRing some = new KeyRing(new ConfigLoader(Map.of()).parse("test", json).config().apiKeys());

    assertEquals(2, some.size());
    assertTrue(some.hasAdmin());
    assertEquals("device", named(some, "unknown", "device.example", "b"));
    assertEquals("both", named(some, "b"));
    assertEquals("both", some.authenticate("y").orElseThrow().name());
    assertEquals("nobody", named(some, "DEVICE.EXAMPLE"));
    assertEquals("nobody", named(some));
    // What it is counted by is no key.
    assertEquals(Optional.empty(), some.authenticate("certificate\0device.example"));
  }

  private static String named(KeyRing ring, String... names) {
    return ring.ofCertificate(List.of(names)).map(Principal::name).orElse("nobody");
  }

  @Test
  void whoAsksHasTheClassOfTheKey() {
    ApiKey key = ApiKey.ofPlain("nightly", "dreamland", false);
    ApiKey nightly = new ApiKey("nightly", key.sha256(), false, ApiKey.BATCH);
    KeyRing some = new KeyRing(List.of(nightly));

    assertEquals(Optional.of(new Principal(nightly)), some.authenticate("dreamland"));
    assertEquals(ApiKey.BATCH, some.authenticate("dreamland").orElseThrow().priority());
    assertEquals(ApiKey.NORMAL, ALICE.priority());
  }

  @Test
  void aKeyWithoutEndpointsRunsAndListsModelsAndAdministersNothing() {
    ApiKey limited = new ApiKey("limited", ApiKey.ofPlain("x", "y", false).sha256(), false);
    KeyRing one = new KeyRing(List.of(limited, ApiKey.ofText("alice", "wonderland")));
    Principal principal = one.authenticate("y").orElseThrow();

    assertTrue(principal.mayUse(RouteGroup.INFERENCE) && principal.mayUse(RouteGroup.READ));
    assertFalse(principal.mayUse(RouteGroup.MANAGE) || principal.mayUse(RouteGroup.CLOUD));
    assertFalse(principal.mayUseAll());
    assertFalse(one.mayAdminister(principal));
    assertTrue(one.mayAdminister(ALICE));
    assertEquals(List.of("limited"), one.limitedByDefault());
  }

  @Test
  void eachOfManyKeysIsFoundAndNoOther() {
    List<ApiKey> keys =
        IntStream.range(0, 5_000).mapToObj(i -> ApiKey.ofPlain("k" + i, "key" + i, false)).toList();
    KeyRing many = new KeyRing(keys);

    for (int i = 0; i < 5_000; i++) {
      assertEquals("k" + i, many.authenticate("key" + i).orElseThrow().name());
      assertTrue(many.authenticate("other" + i).isEmpty());
    }
  }

  @Test
  void aKeyThatStandsTwiceIsTheAdminElseTheFirst() {
    KeyRing twice =
        new KeyRing(
            List.of(
                ApiKey.ofPlain("alice", "same", false),
                ApiKey.ofPlain("root", "same", true),
                ApiKey.ofPlain("first", "other", false),
                ApiKey.ofPlain("second", "other", false)));

    assertEquals("root", twice.authenticate("same").orElseThrow().name());
    assertEquals("first", twice.authenticate("other").orElseThrow().name());
    assertEquals(4, twice.size());
  }

  @Test
  void manyThreadsGetTheirOwnAnswers() throws Exception {
    KeyRing many =
        new KeyRing(
            IntStream.range(0, 20)
                .mapToObj(i -> ApiKey.ofPlain("name-" + i, "key-" + i, false))
                .toList());
    List<Callable<Integer>> callers = new ArrayList<>();
    for (int caller = 0; caller < 64; caller++) {
      int own = caller % 25;
      callers.add(() -> answersOf(many, own));
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> right : threads.invokeAll(callers)) {
        assertEquals(200, right.get());
      }
    }
  }

  private static int answersOf(KeyRing ring, int own) {
    Optional<String> expected = own < ring.size() ? Optional.of("name-" + own) : Optional.empty();
    int right = 0;
    for (int i = 0; i < 200; i++) {
      right += ring.authenticate("Bearer key-" + own).map(Principal::name).equals(expected) ? 1 : 0;
    }
    return right;
  }
}
