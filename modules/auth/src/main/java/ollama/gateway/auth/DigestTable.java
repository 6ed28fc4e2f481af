package ollama.gateway.auth;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;

/**
 * Finds digests by a hash table with open addressing, so that 100,000 cost what one does. The hash
 * is the digest's own beginning: nobody can choose a key by where its digest comes to lie, and how
 * long a look-up takes tells no more than a part of the digest of what was presented, which whoever
 * presented it knows. Two digests are compared in constant time.
 */
final class DigestTable {

  private static final int NONE = -1;

  private final byte[][] digests;
  private final long[] beginnings;

  /** At twice as many places at least: the index of a digest, or {@link #NONE}. */
  private final int[] places;

  private final int mask;

  /** One of these digests, of eight bytes and more each; of equal ones the first is found. */
  DigestTable(List<byte[]> all) {
    digests = all.toArray(byte[][]::new);
    beginnings = new long[digests.length];
    places = new int[Integer.highestOneBit(Math.max(1, digests.length)) * 4];
    mask = places.length - 1;
    Arrays.fill(places, NONE);
    for (int i = 0; i < digests.length; i++) {
      beginnings[i] = beginning(digests[i]);
      if (find(digests[i]) == NONE) {
        places[placeFor(beginnings[i])] = i;
      }
    }
  }

  /** The index of a digest in the list; below 0 if it isn't there. */
  int find(byte[] digest) {
    long beginning = beginning(digest);
    for (int at = (int) beginning & mask; places[at] != NONE; at = (at + 1) & mask) {
      int i = places[at];
      if (beginnings[i] == beginning && MessageDigest.isEqual(digests[i], digest)) {
        return i;
      }
    }
    return NONE;
  }

  private int placeFor(long beginning) {
    int at = (int) beginning & mask;
    while (places[at] != NONE) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private static long beginning(byte[] digest) {
    return ByteBuffer.wrap(digest).getLong();
  }
}
