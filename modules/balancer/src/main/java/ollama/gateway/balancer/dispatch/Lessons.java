package ollama.gateway.balancer.dispatch;

/** What an answer's end tells of its server. Guarded by the line's lock. */
final class Lessons {
  private static final double TENTH = 0.1;

  /** So long takes a load where none was seen before. */
  private static final double LOAD_MILLIS = 1_000;

  private static final long MIN_WAIT_NANOS = 50_000_000;

  /** By then other gateways have told what they have since. */
  private static final long NEWS_NANOS = 1_000_000_000;

  /** As much of a prompt was cached as was thought, or that can't be told. */
  static final int AS_EXPECTED = -1;

  /** Returns how many tokens of the prompt were cached where that was far less than expected. */
  static int learn(
      Ticket ticket, ServerState at, ModelState model, FinalNumbers numbers, long now) {
    double elapsed = (now - ticket.startedNanos) / Line.NANOS_PER_MILLI;
    double said = numbers.loadNanos() / Line.NANOS_PER_MILLI;
    if (ticket.loads) {
      double heard = Double.isNaN(ticket.beganMillis) ? elapsed : ticket.beganMillis;
      model.pace.loaded(numbers.loadNanos() > 0 ? said : heard);
    }
    if (!ticket.loads && isLoad(numbers, said, model) && !at.hasLoadedSince(ticket.startedNanos)) {
      model.pace.loaded(said);
      at.loadedUnseen(model, ticket.work.options(), ticket.startedNanos, now);
    }
    int found = prefill(ticket, model, numbers, elapsed);
    if (ticket.work.tellsWait()) {
      model.tellsWait = numbers.tellWait();
    }
    if (numbers.tellWait()) {
      slots(ticket, model, numbers, now);
      double done = (numbers.promptEvalNanos() + numbers.evalNanos()) / Line.NANOS_PER_MILLI;
      ticket.flow.gotMillis += done - ticket.chargedMillis;
    }
    return found;
  }

  /** A loaded model has a time for that too, which is that of a look at it. */
  private static boolean isLoad(FinalNumbers numbers, double millis, ModelState model) {
    double known = model.pace.loadMillis();
    return model.loaded
        && numbers.mayHaveLoaded()
        && millis >= (Double.isNaN(known) ? LOAD_MILLIS : known / 2);
  }

  private static int prefill(
      Ticket ticket, ModelState model, FinalNumbers numbers, double elapsed) {
    Prompt prompt = ticket.work.prompt();
    int cached = prompt.tokens() - ticket.newTokens;
    int fresh =
        numbers.promptTokens() > 0
            ? Math.max(0, numbers.promptTokens() - cached)
            : ticket.newTokens;
    int found = AS_EXPECTED;
    if (cached > 0 && model.pace.missed(numbers, fresh)) {
      found = model.pace.cachedTokens(numbers);
      model.prompts.forget(prompt.chain(), found);
      fresh = 0;
    }
    // Another answer that ended meanwhile may have left some of this prompt: nobody can tell.
    boolean sure =
        !ticket.maybeCached
            && cached == Math.min(prompt.tokens(), model.prompts.cachedTokens(prompt.chain()));
    model.pace.ended(numbers, sure ? fresh : 0, elapsed);
    return found;
  }

  private static void slots(Ticket ticket, ModelState model, FinalNumbers numbers, long now) {
    if (numbers.loadNanos() > TENTH * numbers.totalNanos()) {
      return;
    }
    long wait = numbers.waitNanos();
    if (wait > TENTH * numbers.totalNanos() && wait > MIN_WAIT_NANOS) {
      model.slots.waitedBehind(ticket.behind, Math.max(ticket.othersBehind, model.others.inFlight));
    } else {
      model.slots.ranTogether(together(ticket, model, numbers, now));
    }
  }

  /**
   * How many ran when it did: a server serves in the order of arrival, so that those who came
   * before it ran as well, if they were there when a tenth of its work was done.
   */
  private static int together(Ticket ticket, ModelState model, FinalNumbers numbers, long now) {
    double work = numbers.promptEvalNanos() + numbers.evalNanos();
    double ran = now - work + TENTH * work;
    long ended = ticket.endsBefore.stream().filter(end -> end > ran).count();
    return model.tickets.indexOf(ticket) + 1 + (int) ended + others(ticket, model, now);
  }

  /** Those of other gateways that were there all the time, as far as they told of them. */
  private static int others(Ticket ticket, ModelState model, long now) {
    return now - ticket.startedNanos < NEWS_NANOS
        ? 0
        : Math.min(ticket.othersBehind, model.others.inFlight);
  }

  private Lessons() {}
}
