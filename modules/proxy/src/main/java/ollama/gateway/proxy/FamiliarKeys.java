package ollama.gateway.proxy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import ollama.gateway.http.server.Subscriber;

/**
 * Which keys came from where within the last hour. Where somebody guesses too often, only these are
 * still let in from there: a guess that is right at last isn't, and a neighbour who has a key goes
 * on.
 *
 * <p>Of fixed size: a key in whose place another one comes is forgotten, which matters only where
 * somebody guesses. For any number of threads; a usual request reads one number.
 */
final class FamiliarKeys {

  private static final int PLACES = 1 << 16;
  private static final int MINUTES_KEPT = 60;
  private static final int MINUTE_BITS = 24;
  private static final long MINUTE_MASK = (1L << MINUTE_BITS) - 1;

  /** A finalizer of MurmurHash3: each bit depends on all. */
  private static final long MIX_1 = 0xff51_afd7_ed55_8ccdL;

  private static final long MIX_2 = 0xc4ce_b9fe_1a85_ec53L;

  /** In each place the upper bits of who was there, and the minute. */
  private final AtomicLongArray places;

  private final LongSupplier nanoClock;
  private final long beginNanos;

  FamiliarKeys(LongSupplier nanoClock) {
    this(nanoClock, PLACES);
  }

  /** One that remembers so many at most, a power of 2. */
  FamiliarKeys(LongSupplier nanoClock, int places) {
    this.places = new AtomicLongArray(places);
    this.nanoClock = nanoClock;
    this.beginNanos = nanoClock.getAsLong();
  }

  /** A key was good. */
  void seen(Subscriber client, String keyId) {
    seen(client, keyId.hashCode());
  }

  /** Whether a key was good within the last hour. */
  boolean knows(Subscriber client, String keyId) {
    return knows(client, keyId.hashCode());
  }

  /** The same of whatever else comes from a client. */
  void seen(Subscriber client, long keyId) {
    long who = mixed(client, keyId);
    long place = (who & ~MINUTE_MASK) | minute();
    int at = at(who);
    // The same for a minute: no other processor need fetch the line anew.
    if (places.get(at) != place) {
      places.set(at, place);
    }
  }

  /** The same of whatever else comes from a client. */
  boolean knows(Subscriber client, long keyId) {
    long who = mixed(client, keyId);
    long place = places.get(at(who));
    boolean isSame = place != 0 && ((place ^ who) & ~MINUTE_MASK) == 0;
    return isSame && ((minute() - place) & MINUTE_MASK) <= MINUTES_KEPT;
  }

  /** From 1 on, so that no place that is taken is 0. */
  private long minute() {
    long minutes = TimeUnit.NANOSECONDS.toMinutes(nanoClock.getAsLong() - beginNanos);
    return (minutes + 1) & MINUTE_MASK;
  }

  private int at(long who) {
    return (int) who & (places.length() - 1);
  }

  private static long mixed(Subscriber client, long keyId) {
    long hash = client.hashCode() * MIX_2 ^ keyId;
    hash = (hash ^ (hash >>> 33)) * MIX_1;
    hash = (hash ^ (hash >>> 33)) * MIX_2;
    return hash ^ (hash >>> 33);
  }
}
