package ollama.gateway.usage;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** What one key used of one model on one day. Guarded by the lock of its {@link Books}. */
final class Row {
  final KeyUsage key;
  final String model;
  final Day day;
  long requests;
  long estimatedRequests;
  long prompt;
  long cached;
  long completion;

  /** What {@link ChangedRows} has marked it with. */
  int changedMark;

  // Of the list of what isn't written.
  boolean isUnwritten;
  @Nullable Row nextUnwritten;

  Row(KeyUsage key, String model, Day day) {
    this.key = key;
    this.model = model;
    this.day = day;
  }

  void add(long morePrompt, long moreCached, long moreCompletion) {
    prompt = TokenCounts.sum(prompt, morePrompt);
    cached = TokenCounts.sum(cached, moreCached);
    completion = TokenCounts.sum(completion, moreCompletion);
  }

  /** Adds what was counted elsewhere. */
  void addAll(Row more) {
    requests += more.requests;
    estimatedRequests += more.estimatedRequests;
    add(more.prompt, more.cached, more.completion);
  }

  /** Whether what is known elsewhere may be a part of this. */
  boolean holds(Row known) {
    return requests >= known.requests
        && estimatedRequests >= known.estimatedRequests
        && prompt >= known.prompt
        && cached >= known.cached
        && completion >= known.completion;
  }

  /** Leaves what isn't known elsewhere; without requests if that is nothing. */
  void takeAway(Row known) {
    requests = Math.max(0, requests - known.requests);
    estimatedRequests = Math.max(0, estimatedRequests - known.estimatedRequests);
    prompt = Math.max(0, prompt - known.prompt);
    cached = Math.max(0, cached - known.cached);
    completion = Math.max(0, completion - known.completion);
  }

  UsageRow toUsageRow(LocalDate date) {
    return new UsageRow(
        key.id,
        model,
        date,
        requests,
        estimatedRequests,
        new TokenCounts(prompt, cached, completion));
  }
}
