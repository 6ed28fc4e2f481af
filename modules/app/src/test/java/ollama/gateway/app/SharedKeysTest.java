package ollama.gateway.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import ollama.gateway.app.testing.SharedStore;
import ollama.gateway.app.testing.TestGateway;
import ollama.gateway.auth.Principal;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.ConfigLoader;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.http.tls.TlsChallenges;
import ollama.gateway.metrics.GatewayMetrics;
import ollama.gateway.proxy.Admin;
import ollama.gateway.proxy.AdminException;
import ollama.gateway.shared.SharedState.Table;
import ollama.gateway.usage.Bounds;
import ollama.gateway.usage.Ledger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys that are made, switched and removed on one gateway are so on the others. */
@Timeout(120)
class SharedKeysTest {

  private static final String ADMIN = TestGateway.entry("admin", "admin's", true);
  private static final String ANNE = TestGateway.entry("anne", "anne's", false);
  private static final String BEN = TestGateway.entry("ben", "ben's", false);

  @TempDir private Path folder;
  @AutoClose private final SharedStore store = new SharedStore();
  private final List<Member> members = new ArrayList<>();

  /** A gateway, as far as keys go. */
  private static final class Member {
    private final Path file;
    private final Sharing sharing;
    private final SettingsHolder holder;
    private final Administration admin;

    private Member(Path file, Optional<SharedStore> store) throws Exception {
      this.file = file;
      SettingsFile read = new SettingsFile(file, new ConfigLoader(Map.of()));
      GatewayConfig config = read.read();
      sharing = new Sharing(store.map(SharedStore::connection), config.shared());
      holder =
          new SettingsHolder(
              read,
              new TlsFiles(file, Map.of(), new TlsChallenges()),
              config,
              Ledger.inMemory(Bounds.DEFAULT, InstantSource.system()),
              UnaryOperator.identity(),
              new ServerLog(_ -> {}),
              sharing);
      admin = new Administration(holder, new Reloads());
      sharing.start(
          new GatewayMetrics("gateway").shared(),
          holder.settings().balancer().line(),
          Ledger.inMemory(Bounds.DEFAULT, InstantSource.system()).changes(),
          (table, entries) -> {
            if (table == Table.KEYS) {
              boolean _ = holder.heardOfKeys(entries);
            }
          });
    }

    private void write(String... entries) throws IOException {
      Files.writeString(file, settings(entries));
    }

    private void reload(String... entries) throws IOException {
      write(entries);
      admin.reload();
    }

    private String text() throws IOException {
      return Files.readString(file);
    }

    private boolean lets(String key) {
      return holder.settings().keys().authenticate(key).filter(k -> !k.disabled()).isPresent();
    }

    private List<String> names() {
      return holder.config().apiKeys().stream().map(ApiKey::name).toList();
    }

    private void awaitLets(String key, boolean in) {
      await(() -> lets(key) == in, () -> "is " + key + " let in: not " + in);
    }
  }

  private static final class Reloads implements Administration.Reloaded {
    @Override
    public void done() {}

    @Override
    public void failed() {}

    @Override
    public void keysChanged() {}
  }

  private static String settings(String... entries) {
    return "{\"ollamaAddresses\": [\"http://127.0.0.1:1\"], \"apiKeys\": ["
        + String.join(", ", entries)
        + "]}";
  }

  private static void await(
      java.util.function.BooleanSupplier isSo, java.util.function.Supplier<String> what) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!isSo.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError(what.get());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private Member member(String... entries) throws Exception {
    return member(Optional.of(store), entries);
  }

  private Member member(Optional<SharedStore> by, String... entries) throws Exception {
    Path file = folder.resolve(members.size() + ".json");
    Files.writeString(file, settings(entries));
    Member member = new Member(file, by);
    members.add(member);
    return member;
  }

  @AfterEach
  void close() {
    members.forEach(member -> member.sharing.close());
  }

  @Test
  void aKeyThatIsMadeIsLetInByAllAndWrittenByOne() throws Exception {
    Member one = member(ADMIN);
    Member other = member(ADMIN);
    String before = other.text();

    String key = one.admin.newKey("laptop").key();
    assertTrue(one.lets(key));
    other.awaitLets(key, true);
    assertEquals(List.of("admin", "laptop"), other.names());
    assertTrue(one.text().contains("laptop"));
    assertEquals(before, other.text());
    AdminException taken = assertThrows(AdminException.class, () -> other.admin.newKey("laptop"));
    assertEquals("there is a key of this name already", taken.forClient());
    assertEquals("key-2", other.admin.newKey("").name());
  }

  @Test
  void nothingButTheDigestIsInTheStore() throws Exception {
    Member one = member(ADMIN);
    String key = one.admin.newKey("laptop").key();
    one.reload(ADMIN, "\"in the clear\"");
    String stored = store.entries(Table.KEYS).toString();
    assertTrue(stored.contains(ApiKey.ofPlain("laptop", key, false).sha256()), stored);
    assertFalse(stored.contains(key), stored);
    assertFalse(stored.contains("in the clear"), stored);
  }

  @Test
  void aKeyIsSwitchedOffAndOnByWhomeverAndTheLastOneCounts() throws Exception {
    Member one = member(ADMIN, ANNE);
    Member other = member(ADMIN, ANNE);

    one.admin.switchKey("anne", false);
    assertFalse(one.lets("anne's"));
    other.awaitLets("anne's", false);
    assertFalse(other.text().contains("disabled"));
    other.admin.switchKey("anne", true);
    assertTrue(other.lets("anne's"));
    one.awaitLets("anne's", true);
    // The file of the one that was asked first is as it was; what was announced holds.
    assertTrue(one.text().contains("disabled"));
    one.admin.reload();
    assertTrue(one.lets("anne's"));
  }

  @Test
  void aKeyThatOnlyOthersHaveIsSwitchedHereToo() throws Exception {
    Member one = member(ADMIN);
    Member other = member(ADMIN);
    String key = one.admin.newKey("laptop").key();
    other.awaitLets(key, true);

    other.admin.switchKey("laptop", false);
    assertFalse(other.lets(key));
    one.awaitLets(key, false);
    assertFalse(other.text().contains("laptop"));
  }

  @Test
  void whatAReloadChangesIsAnnouncedAndNothingElse() throws Exception {
    Member one = member(ADMIN, ANNE, BEN);
    Member other = member(ADMIN, ANNE, BEN);
    String made = other.admin.newKey("laptop").key();
    one.awaitLets(made, true);

    String cleo = TestGateway.entry("cleo", "cleo's", false);
    one.reload(ADMIN, ANNE.replace("}", ", \"models\": [\"llama3\"]}"), cleo);
    assertTrue(one.lets(made));
    other.awaitLets("ben's", false);
    await(
        () -> other.names().equals(List.of("admin", "anne", "laptop", "cleo")),
        other.names()::toString);
    assertEquals(
        List.of("llama3:latest"),
        other.holder.config().apiKeys().get(1).models().stream().map(Object::toString).toList());
    assertEquals(4, store.entries(Table.KEYS).size());
    // What its own file says, which is nothing new, doesn't bring it back.
    other.admin.reload();
    assertFalse(other.lets("ben's"));
    // What it says anew does.
    other.reload(ADMIN, ANNE);
    other.reload(ADMIN, ANNE, BEN);
    assertTrue(other.lets("ben's"));
    one.awaitLets("ben's", true);
  }

  @Test
  void aRotatedKeyIsRotatedOnAll() throws Exception {
    Member one = member(ADMIN, ANNE);
    Member other = member(ADMIN, ANNE);
    one.reload(ADMIN, TestGateway.entry("anne", "anne's next", false));
    other.awaitLets("anne's next", true);
    assertFalse(other.lets("anne's"));
    assertEquals(List.of("admin", "anne"), other.names());
  }

  @Test
  void settingsThatCantBeUsedAnnounceNothing() throws Exception {
    Member one = member(ADMIN, ANNE);
    one.write(ADMIN, "{\"name\": \"anne\"}");
    assertThrows(AdminException.class, one.admin::reload);
    assertEquals(Map.of(), store.entries(Table.KEYS));
  }

  @Test
  void aGatewayThatComesLaterKnowsAllBeforeItsFirstRequest() throws Exception {
    Member one = member(ADMIN, ANNE, BEN);
    String key = one.admin.newKey("laptop").key();
    one.admin.switchKey("anne", false);
    one.reload(ADMIN, ANNE.replace("}", ", \"disabled\": true}"));
    // The new one isn't in the file any more, so it is gone, too.
    Member late = member(ADMIN, ANNE, BEN);
    assertFalse(late.lets("anne's"));
    assertFalse(late.lets("ben's"));
    assertFalse(late.lets(key));
    assertEquals(List.of("admin", "anne"), late.names());
  }

  @Test
  void whatTheStoreLosesItIsToldAgain() throws Exception {
    Member one = member(ADMIN, ANNE);
    one.admin.switchKey("anne", false);
    Map<String, String> before = store.entries(Table.KEYS);
    store.flush();
    await(() -> store.entries(Table.KEYS).equals(before), () -> "it isn't told again");
  }

  @Test
  void somebodyCanAdministerByTheKeysOfAll() throws Exception {
    Member one = member(ADMIN);
    Member other = member(TestGateway.entry("root", "root's", true), ADMIN);
    AdminException refused =
        assertThrows(AdminException.class, () -> one.admin.switchKey("admin", false));
    assertTrue(refused.forClient().contains("nobody could administer"), refused.forClient());
    // One of another gateway will do.
    other.reload(
        TestGateway.entry("root", "root's", true).replace("}", ", \"models\": [\"a\"]}"), ADMIN);
    one.awaitLets("root's", true);
    one.admin.switchKey("admin", false);
    assertFalse(one.lets("admin's"));
    assertTrue(
        one.holder.settings().keys().authenticate("root's").filter(Principal::admin).isPresent());
  }

  @Test
  void twoThatGiveTheSameNameAtOnceBothLetBothIn() throws Exception {
    Member one = member(ADMIN);
    Member other = member(ADMIN);
    // As if neither had heard of the other yet.
    store.silence();
    Admin.MintedKey first = one.admin.newKey("");
    Admin.MintedKey second = other.admin.newKey("");
    assertEquals(first.name(), second.name());
    Map<String, String> entries = store.entries(Table.KEYS);
    assertEquals(2, entries.size());
    for (Member each : List.of(one, other)) {
      assertTrue(each.holder.heardOfKeys(entries));
      assertTrue(each.lets(first.key()) && each.lets(second.key()));
    }
    assertEquals(Map.of(), difference(one, other));
    // Under the name that it got it is switched off, in the file too where it has another one.
    String renamed =
        one.names().stream()
            .filter(name -> name.matches("key-2-[0-9a-f]{6}"))
            .findFirst()
            .orElseThrow();
    Member owner = one.text().contains(one.holder.config().apiKeys().get(1).sha256()) ? one : other;
    owner.admin.switchKey(renamed, false);
    assertTrue(
        owner.holder.config().apiKeys().stream()
            .anyMatch(key -> key.name().equals(renamed) && key.disabled()));
  }

  private static Map<String, Optional<ApiKey>> difference(Member one, Member other) {
    return MergedKeys.difference(one.holder.config().apiKeys(), other.holder.config().apiKeys());
  }

  @Test
  void whatCantBeReadIsntLetInAndTheRestIs() throws Exception {
    Member one = member(ADMIN, ANNE, BEN);
    String anne = ApiKey.ofPlain("anne", "anne's", false).sha256();
    String ben = ApiKey.ofPlain("ben", "ben's", false).sha256();
    boolean _ =
        one.holder.heardOfKeys(
            Map.of(
                anne,
                "5 {\"name\": \"anne\", \"sha256\": \"" + anne + "\", \"ofLater\": 1}",
                ben,
                "5 {\"name\": \"ben\", \"sha256\": \"" + ben + "\", \"disabled\": true}",
                "nonsense",
                "5 nonsense",
                "none",
                ""));
    assertFalse(one.lets("anne's"));
    assertFalse(one.lets("ben's"));
    assertEquals(List.of("admin", "ben"), one.names());
  }

  @Test
  void oneThatIsByItselfDoesAsEver() throws Exception {
    Member alone = member(Optional.empty(), ADMIN, ANNE);
    Admin.MintedKey made = alone.admin.newKey("");
    alone.admin.switchKey("anne", false);
    assertTrue(alone.lets(made.key()));
    assertFalse(alone.lets("anne's"));
    alone.reload(ADMIN);
    assertEquals(List.of("admin"), alone.names());
    assertEquals(Map.of(), store.entries(Table.KEYS));
  }
}
