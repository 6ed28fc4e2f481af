package ollama.gateway.balancer.dispatch;

/**
 * How fast a server is with a model, learned from answers' final numbers. Until it has shown
 * something, that is NaN. For one thread at a time.
 */
public final class Pace {
  /** Shorter ones say more about the clock than about the server. */
  private static final int MIN_TOKENS = 32;

  private static final double MIN_MILLIS = 2;

  /** So much longer than expected means that the prompt wasn't cached after all. */
  private static final double MISS_FACTOR = 4;

  private static final double NANOS_PER_MILLI = 1e6;

  private static final Learned.Speed NOTHING =
      new Learned.Speed(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

  private final Average loadMillis = new Average();
  private final Average prefillRate = new Average();
  private final Average decodeRate = new Average();
  private final Average decodeMillis = new Average();
  private final Average serviceMillis = new Average();

  /** What others learned, for as long as nothing was learned here. */
  private Learned.Speed heard = NOTHING;

  /** One that has shown nothing. */
  public Pace() {}

  /**
   * How long it takes to load the model.
   *
   * @return milliseconds, or NaN
   */
  public double loadMillis() {
    return Peers.orElse(loadMillis.value(), heard.loadMillis());
  }

  /**
   * How fast a prompt is computed.
   *
   * @return tokens per second, or NaN
   */
  public double prefillRate() {
    return Peers.orElse(prefillRate.value(), heard.prefillRate());
  }

  /**
   * How fast an answer is computed.
   *
   * @return tokens per second, or NaN
   */
  public double decodeRate() {
    return Peers.orElse(decodeRate.value(), heard.decodeRate());
  }

  /**
   * How long an answer takes from its first token to its last.
   *
   * @return milliseconds, or NaN
   */
  public double decodeMillis() {
    return decodeMillis.value();
  }

  /**
   * How long a request occupies its slot, without any waiting or loading.
   *
   * @return milliseconds, or NaN
   */
  public double serviceMillis() {
    return Peers.orElse(serviceMillis.value(), heard.serviceMillis());
  }

  /**
   * What was learned here alone.
   *
   * @return without anything that was heard
   */
  public Learned.Speed own() {
    return new Learned.Speed(
        loadMillis.value(), prefillRate.value(), decodeRate.value(), serviceMillis.value());
  }

  /**
   * Hears what another gateway learned; it stands where nothing was learned here.
   *
   * @param speed what isn't known to it either is NaN
   */
  public void heard(Learned.Speed speed) {
    heard =
        new Learned.Speed(
            Peers.orElse(speed.loadMillis(), heard.loadMillis()),
            Peers.orElse(speed.prefillRate(), heard.prefillRate()),
            Peers.orElse(speed.decodeRate(), heard.decodeRate()),
            Peers.orElse(speed.serviceMillis(), heard.serviceMillis()));
  }

  /**
   * Learns that the model was loaded.
   *
   * @param millis how long that took
   */
  public void loaded(double millis) {
    loadMillis.add(millis);
  }

  /**
   * Learns from an answer that has ended.
   *
   * @param numbers what the server said
   * @param newTokens how much of the prompt wasn't cached, as far as could be told before
   * @param elapsedMillis from sending the request to the end, without a load; for a server that
   *     says nothing
   */
  public void ended(FinalNumbers numbers, int newTokens, double elapsedMillis) {
    if (numbers.promptEvalNanos() < 0 || numbers.evalNanos() < 0) {
      serviceMillis.add(elapsedMillis);
      return;
    }
    double prefill = numbers.promptEvalNanos() / NANOS_PER_MILLI;
    double decode = numbers.evalNanos() / NANOS_PER_MILLI;
    serviceMillis.add(prefill + decode);
    decodeMillis.add(decode);
    if (numbers.outputTokens() > 0 && decode >= MIN_MILLIS) {
      decodeRate.add(numbers.outputTokens() * 1_000.0 / decode);
    }
    if (newTokens >= MIN_TOKENS && prefill >= MIN_MILLIS && !missed(numbers, newTokens)) {
      prefillRate.add(newTokens * 1_000.0 / prefill);
    }
  }

  /**
   * Whether an answer shows that its prompt wasn't cached as expected.
   *
   * @param numbers what the server said
   * @param newTokens how much was thought to be new
   * @return whether computing it took far longer than that much takes
   */
  public boolean missed(FinalNumbers numbers, int newTokens) {
    double rate = prefillRate();
    double expected = Math.max(MIN_TOKENS, newTokens) * 1_000.0 / rate;
    return numbers.promptEvalNanos() / NANOS_PER_MILLI > MISS_FACTOR * expected;
  }

  /** How much of a prompt was cached, from how long the rest took; 0 if that can't be told. */
  int cachedTokens(FinalNumbers numbers) {
    double computed = numbers.promptEvalNanos() / NANOS_PER_MILLI / 1_000 * prefillRate();
    return (int) Math.max(0, numbers.promptTokens() - computed);
  }
}
