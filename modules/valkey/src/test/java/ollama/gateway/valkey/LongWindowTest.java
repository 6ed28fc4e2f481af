package ollama.gateway.valkey;

import static ollama.gateway.valkey.Member.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.Verdict;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Clients that may ask so often that nobody may wait until each of their requests was looked at.
 */
final class LongWindowTest {

  private static final int WINDOW_SECONDS = 60;
  private static final int REQUESTS = 20_000;
  private static final int CALLS_MAX = 100;

  /** As often at least would a thousand at a time have to be written. */
  private static final int REWRITTEN = 20;

  private static final Demand DEMAND =
      new Demand(new Demand.Rate("c", 1_000_000, WINDOW_SECONDS, false), Demand.Key.NONE);

  private TestStore store;
  @AutoClose private Gateways gateways;

  @BeforeEach
  void start() throws IOException {
    gateways = Gateways.start();
    store = gateways.store;
  }

  /** As many requests, each a millisecond after the one before, the last so many seconds ago. */
  private void fill(int secondsAgo) throws IOException {
    String script =
        "local t = redis.call('TIME') local now = t[1] * 1000000 + t[2] - ARGV[2] * 1000000 "
            + "for i = ARGV[1] - 1, 0, -1 do "
            + "redis.call('RPUSH', KEYS[1], string.format('%.0f', now - i * 1000)) end";
    assertEquals(
        "$-1",
        store.command("EVAL", script, "1", "test:rate:60:c", "" + REQUESTS, "" + secondsAgo));
    assertEquals("+OK", store.command("CONFIG", "RESETSTAT"));
  }

  private int number(String script) throws IOException {
    return Integer.parseInt(store.command("EVAL", script, "1", "test:rate:60:c").substring(1));
  }

  private int length() throws IOException {
    return number("return redis.call('LLEN', KEYS[1])");
  }

  /** How often scripts have changed or read lists since then. */
  private int calls() throws IOException {
    return number(
        "local sum, told = 0, redis.call('INFO', 'commandstats') "
            + "for name, calls in string.gmatch(told, 'cmdstat_(%a+):calls=(%d+)') do "
            + "if name == 'lpop' or name == 'lindex' or name == 'rpush' or name == 'ltrim' then "
            + "sum = sum + calls end end return sum");
  }

  private boolean isInOrder() throws IOException {
    return number(
            "local before = 0 for _, at in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do "
                + "if tonumber(at) < before then return 0 end before = tonumber(at) end return 1")
        == 1;
  }

  @Test
  void manyRequestsThatAreOverAtOnceAreDroppedAtOnce() throws Exception {
    Member one = gateways.join("one");
    fill(WINDOW_SECONDS);

    assertEquals(Verdict.Kind.ADMITTED, one.ask(DEMAND).kind());

    assertEquals(1, length());
    assertTrue(calls() < CALLS_MAX, "" + calls());
  }

  @Test
  void ofManyRequestsThoseThatAreOverAreDropped() throws Exception {
    Member one = gateways.join("one");
    // 20 s of them, of which the first 5 s are over.
    fill(WINDOW_SECONDS - 15);

    Verdict verdict = one.ask(DEMAND);

    int left = length();
    assertTrue(left > 14_000 && left < 15_100, "" + left);
    assertEquals(1_000_000 - left, verdict.rate().remaining());
  }

  @Test
  void whatWasLetInMeanwhileIsToldThoughThereAreManyRequests() throws Exception {
    Member one = gateways.join("one");
    fill(1);
    assertEquals("+OK", store.command("CONFIG", "SET", "maxmemory", "1"));
    await("down", () -> !one.isUp);
    Permit permit = one.permit(DEMAND);
    assertEquals(Verdict.Kind.UNREACHABLE, permit.verdict().kind());
    permit.admitHere();

    assertEquals("+OK", store.command("CONFIG", "SET", "maxmemory", "0"));
    await("up again", () -> one.isUp);

    assertEquals(REQUESTS + 1, length());
    assertTrue(calls() < REWRITTEN, "" + calls());
    assertTrue(isInOrder());
  }

  @Test
  void whatCameSinceThenStandsBehindIt() throws Exception {
    Member one = gateways.join("one");
    // A quarter of them is of the seconds to come.
    fill(-5);
    assertEquals("+OK", store.command("CONFIG", "SET", "maxmemory", "1"));
    await("down", () -> !one.isUp);
    for (int i = 0; i < 3; i++) {
      one.permit(DEMAND).admitHere();
    }
    assertEquals("+OK", store.command("CONFIG", "SET", "maxmemory", "0"));
    await("up again", () -> one.isUp);

    assertEquals(REQUESTS + 3, length());
    assertTrue(isInOrder());
  }
}
