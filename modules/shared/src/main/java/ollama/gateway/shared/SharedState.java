package ollama.gateway.shared;

import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.usage.LedgerChanges;

/**
 * What several gateways have in common, with a store behind it. Safe from any thread; nothing but
 * {@link #others} and {@link #close} blocks.
 */
public interface SharedState extends SharedCounts, AutoCloseable {

  /**
   * Begins to exchange with the others.
   *
   * @param listener is told what they announce
   * @param line where requests wait for servers: what it knows of these is exchanged, and of their
   *     slots it has what is granted to it
   * @param usage what this gateway counts of its keys' usage, which the others are told
   */
  void start(SharedListener listener, Line line, LedgerChanges usage);

  /**
   * Announces an entry to all gateways, which holds until another one of that name does. While the
   * store can't be reached it is kept, and told later.
   *
   * @param table what kind of entry
   * @param name whose it is
   * @param entry what holds for it
   */
  void announce(Table table, String name, String entry);

  /** Tells the others that this gateway is gone, for which it waits a moment at most. */
  @Override
  void close();

  /** Kinds of entries. */
  enum Table {
    /** Keys that were made, changed or removed, by their digest. */
    KEYS,
    /** Servers that are out of service, by their address. */
    DRAINS
  }
}
