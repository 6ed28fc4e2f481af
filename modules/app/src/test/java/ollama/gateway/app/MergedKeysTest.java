package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import ollama.gateway.config.ApiKey;
import org.junit.jupiter.api.Test;

/** How the keys of a file and those of other gateways become one list. */
class MergedKeysTest {

  private static final ApiKey ANNE = key("anne", "1");
  private static final ApiKey BEN = key("ben", "2");
  private static final ApiKey CLEO = key("cleo", "3");

  private static ApiKey key(String name, String plain) {
    return ApiKey.ofPlain(name, plain, false);
  }

  private static Map<String, AnnouncedKey> announced(ApiKey... inTurn) {
    Map<String, AnnouncedKey> announced = new LinkedHashMap<>();
    for (ApiKey key : inTurn) {
      int at = announced.size();
      announced.put(key.sha256(), new AnnouncedKey(key.sha256(), at, Optional.of(key)));
    }
    return announced;
  }

  @Test
  void withoutAnnouncementsTheFileHolds() {
    assertEquals(List.of(ANNE, BEN), MergedKeys.of(List.of(ANNE, BEN), Map.of()));
  }

  @Test
  void whatIsAnnouncedHoldsInTheFilesOrderAndWhatTheFileLacksBehindIt() {
    ApiKey disabled = ANNE.withDisabled(true);
    assertEquals(
        List.of(disabled, BEN, CLEO), MergedKeys.of(List.of(ANNE, BEN), announced(CLEO, disabled)));
  }

  @Test
  void aKeyThatWasRemovedElsewhereIsntLetIn() {
    AnnouncedKey removed = new AnnouncedKey(ANNE.sha256(), 1, Optional.empty());
    assertEquals(List.of(BEN), MergedKeys.of(List.of(ANNE, BEN), Map.of(ANNE.sha256(), removed)));
  }

  @Test
  void ofTwoThatWereMadeWithOneNameTheFirstKeepsIt() {
    ApiKey first = key("key-3", "a");
    ApiKey second = key("key-3", "b");
    ApiKey renamed = second.withName("key-3-" + second.sha256().substring(0, 6));
    List<ApiKey> here = MergedKeys.of(List.of(ANNE, first), announced(first, second));
    List<ApiKey> there = MergedKeys.of(List.of(ANNE, second), announced(first, second));
    assertEquals(List.of(ANNE, first, renamed), here);
    assertEquals(List.of(ANNE, renamed, first), there);
  }

  @Test
  void aNameThatOnlyTheFileHasStaysThere() {
    ApiKey made = key("anne", "a");
    ApiKey renamed = made.withName("anne-" + made.sha256().substring(0, 6));
    assertEquals(List.of(ANNE, renamed), MergedKeys.of(List.of(ANNE), announced(made)));
  }

  @Test
  void aLongNameIsCut() {
    ApiKey first = key("x".repeat(64), "a");
    ApiKey second = key("x".repeat(64), "b");
    List<ApiKey> merged = MergedKeys.of(List.of(), announced(first, second));
    assertEquals(first, merged.get(0));
    assertEquals("x".repeat(57) + "-" + second.sha256().substring(0, 6), merged.get(1).name());
  }

  @Test
  void aNameThatWasFreedCanBeHadAgain() {
    AnnouncedKey removed = new AnnouncedKey(ANNE.sha256(), 1, Optional.empty());
    ApiKey rotated = key("anne", "new");
    Map<String, AnnouncedKey> announced = announced(rotated);
    announced.put(ANNE.sha256(), removed);
    assertEquals(List.of(rotated), MergedKeys.of(List.of(ANNE), announced));
  }

  @Test
  void whateverIsAnnouncedNoNameIsThereTwiceAndTheOrderOfHearingDoesntMatter() {
    Random random = new Random(1);
    for (int round = 0; round < 500; round++) {
      List<AnnouncedKey> said = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        ApiKey key = key("n" + random.nextInt(3), "k" + i);
        // Some chose the very name that another one would get.
        ApiKey odd =
            key.withName(
                "n1-"
                    + said.stream()
                        .findAny()
                        .map(AnnouncedKey::id)
                        .orElse(key.sha256())
                        .substring(0, 6));
        ApiKey chosen = random.nextInt(4) == 0 ? odd : key;
        Optional<ApiKey> what = random.nextInt(5) == 0 ? Optional.empty() : Optional.of(chosen);
        said.add(new AnnouncedKey(key.sha256(), random.nextInt(4), what));
      }
      List<ApiKey> file = List.of(key("n0", "k0"), key("n1", "k20"), key("n2", "k3"));
      List<ApiKey> merged = MergedKeys.of(file, map(said));
      Set<String> names = new HashSet<>();
      merged.forEach(key -> names.add(key.name()));
      assertEquals(merged.size(), names.size());
      Collections.shuffle(said, random);
      assertEquals(merged, MergedKeys.of(file, map(said)));
    }
  }

  private static Map<String, AnnouncedKey> map(List<AnnouncedKey> said) {
    Map<String, AnnouncedKey> map = new LinkedHashMap<>();
    said.forEach(each -> map.put(each.id(), each));
    return map;
  }

  @Test
  void aDifferenceNamesWhatIsNewOtherwiseAndGone() {
    ApiKey disabled = BEN.withDisabled(true);
    assertEquals(
        Map.of(
            ANNE.sha256(), Optional.empty(),
            BEN.sha256(), Optional.of(disabled),
            CLEO.sha256(), Optional.of(CLEO)),
        MergedKeys.difference(List.of(ANNE, BEN), List.of(disabled, CLEO)));
    assertEquals(Map.of(), MergedKeys.difference(List.of(ANNE, BEN), List.of(BEN, ANNE)));
  }
}
