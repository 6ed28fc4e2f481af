package ollama.gateway.shared;

import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import ollama.gateway.usage.UsageRow;

/** What keys have used at the other gateways, those that are gone too. Safe from any thread. */
public interface SharedUsage {

  /**
   * Asks the store what the others have told it, which they do within a second or two. Blocks, in a
   * time that grows with the number of rows, but no longer than a request may wait for the store
   * once that doesn't answer: so not for a thread of an event loop.
   *
   * @param keyId the digest of the key whose rows are wanted; empty for all keys
   * @param since the first day that is wanted (UTC); empty for all that there are
   */
  Others others(Optional<String> keyId, Optional<LocalDate> since);

  /**
   * What they have used.
   *
   * @param rows the sums of all of them, in the order of days
   * @param gateways how many they are: all that have run since then, told apart by their ledgers
   * @param reach how much of it that is
   * @param from the first day of which all was read; of those before it there are no rows
   */
  record Others(List<UsageRow> rows, int gateways, Reach reach, LocalDate from) {
    /** The store doesn't answer. */
    public static final Others NONE = new Others(List.of(), 0, Reach.NONE, LocalDate.MIN);
  }

  /** How much of what the others have told could be read. */
  enum Reach {
    /** All of it. */
    ALL,
    /** Not all: it is too much, or something in the store isn't as gateways write it. */
    PART,
    /** None of it: the store doesn't answer. */
    NONE
  }
}
