package ollama.gateway.shared;

import java.util.Map;
import java.util.Set;

/** Is told what gateways have in common, by a thread of the store's; must not block for long. */
public interface SharedListener {

  /**
   * All entries of a table, at the start and whenever one has changed.
   *
   * @param table which
   * @param entries by name; what this gateway has announced, too
   */
  void entries(SharedState.Table table, Map<String, String> entries);

  /**
   * Which entries nobody needs any more: they are forgotten, and told to nobody. All gateways have
   * to come to the same of the same entries, as far as their clocks agree.
   *
   * @param table which
   * @param entries all that there are, by name
   * @return some of the names
   */
  Set<String> outdated(SharedState.Table table, Map<String, String> entries);

  /**
   * The store answers, or doesn't any more.
   *
   * @param up which of the two
   * @param why in words, for the log
   */
  void up(boolean up, String why);

  /**
   * The store has answered.
   *
   * @param nanos how long that took
   * @param commands how many were asked at once
   */
  void answered(long nanos, int commands);

  /**
   * The store has refused one thing that it was asked, and nothing else.
   *
   * @param why in its words
   */
  void refused(String why);

  /**
   * Something in the store isn't as gateways write it, and was left out.
   *
   * @param where its name there
   * @param rows how many there were
   */
  void unreadable(String where, int rows);

  /** A request was decided on by this gateway alone, since the store couldn't be reached. */
  void decidedHere();
}
