package ollama.gateway.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LoginsTest {

  private static final long IDLE = 1_000;
  private static final Optional<String> ALICE = Optional.of("alice");

  private final AtomicLong clock = new AtomicLong(-5);
  private final Logins logins = new Logins(clock::get);

  @Test
  void eachLoginHasATokenOfItsOwnThatSaysNothing() {
    String one = logins.begin("alice");
    String two = logins.begin("alice");
    assertNotEquals(one, two);
    assertTrue(one.matches("[\\w-]{43}"), one);
    assertEquals(ALICE, logins.keyOf(one, IDLE));
    assertEquals(Optional.empty(), logins.keyOf("", IDLE));
  }

  @Test
  void aLogoutEndsThatLoginAlone() {
    String one = logins.begin("alice");
    String two = logins.begin("alice");
    logins.end(one);
    logins.end("unknown");
    assertEquals(Optional.empty(), logins.keyOf(one, IDLE));
    assertEquals(ALICE, logins.keyOf(two, IDLE));
  }

  @Test
  void whoseKeyIsGoodNoMoreIsLoggedOutForGood() {
    String alice = logins.begin("alice");
    String bob = logins.begin("bob");
    logins.keepOnly("bob"::equals);
    logins.keepOnly(_ -> true);
    assertEquals(Optional.empty(), logins.keyOf(alice, IDLE));
    assertEquals(Optional.of("bob"), logins.keyOf(bob, IDLE));
  }

  @Test
  void itEndsWhenItIsntUsed() {
    String token = logins.begin("alice");
    clock.addAndGet(IDLE - 1);
    assertEquals(ALICE, logins.keyOf(token, IDLE));
    clock.addAndGet(IDLE);
    assertEquals(Optional.empty(), logins.keyOf(token, IDLE));
    assertEquals(
        Optional.empty(), logins.keyOf(token, 10 * IDLE), "a longer time brings none back");
  }

  @Test
  void howeverMuchItIsUsedItEndsAtLast() {
    String token = logins.begin("alice");
    long uses = 0;
    while (logins.keyOf(token, IDLE).isPresent()) {
      clock.addAndGet(IDLE / 2);
      uses++;
    }
    assertEquals(2L * Logins.LIVES, uses);
  }

  @Test
  void beyondTheBoundOfAKeyItsOneUnusedForLongestEnds() {
    String other = logins.begin("bob");
    String first = logins.begin("alice");
    String second = logins.begin("alice");
    clock.incrementAndGet();
    assertEquals(ALICE, logins.keyOf(first, IDLE));
    for (int i = 2; i <= Logins.LOGINS_OF_KEY_MAX; i++) {
      String _ = logins.begin("alice");
    }
    assertEquals(Optional.of("bob"), logins.keyOf(other, IDLE));
    assertEquals(Optional.empty(), logins.keyOf(second, IDLE));
    assertEquals(ALICE, logins.keyOf(first, IDLE));
  }
}
