package ollama.gateway.usage;

import org.jspecify.annotations.Nullable;

/**
 * What one request has reserved of its key's quotas: taken before the request goes on, given back
 * once it is over. Safe for any number of threads.
 */
public final class Reservation {

  /** Of a key without quotas. */
  static final Reservation UNLIMITED = new Reservation(null, null, 0, QuotaDecision.NONE);

  private final QuotaDecision decision;
  private final @Nullable Books books;
  private final @Nullable KeyUsage key;

  /** Guarded by the lock of the books. */
  private long tokens;

  Reservation(@Nullable Books books, @Nullable KeyUsage key, long tokens, QuotaDecision decision) {
    this.books = books;
    this.key = key;
    this.tokens = tokens;
    this.decision = decision;
  }

  /**
   * What the quotas say.
   *
   * @return whether the request may go on, and what its client is told
   */
  public QuotaDecision decision() {
    return decision;
  }

  /**
   * The request is over, however it ended: what it has reserved is given back. What it used is
   * {@link Ledger#record}'s matter, which is to be called first, so that no other request gets in
   * between. Does nothing if that was done before, or if the request wasn't allowed.
   */
  public void settle() {
    if (books == null || key == null) {
      return;
    }
    books.lock.lock();
    try {
      key.reserved -= tokens;
      tokens = 0;
    } finally {
      books.lock.unlock();
    }
  }
}
