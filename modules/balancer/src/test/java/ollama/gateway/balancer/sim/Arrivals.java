package ollama.gateway.balancer.sim;

import java.util.function.Consumer;
import ollama.gateway.balancer.dispatch.Priority;

/** Who comes when. */
final class Arrivals {

  /** So many, at random times, so many a second on average. */
  static void poisson(World world, int count, double perSecond, Consumer<SimRequest> shape) {
    double at = 0;
    for (int i = 0; i < count; i++) {
      at -= Math.log(1 - world.random.nextDouble()) / perSecond;
      SimRequest request = new SimRequest();
      request.conversation = world.random.nextInt();
      shape.accept(request);
      world.time.after(at, () -> world.send(request));
    }
  }

  /** Shares by Zipf's law, which sum to 1. */
  static double[] zipf(int count, double exponent) {
    double[] shares = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      shares[i] = Math.pow(i + 1, -exponent);
      sum += shares[i];
    }
    for (int i = 0; i < count; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  /** All at once. */
  static void batch(World world, String key, Priority priority, int count) {
    for (int i = 0; i < count; i++) {
      SimRequest request = one(world, key, 60);
      request.priority = priority;
      world.time.after(1, () -> world.send(request));
    }
  }

  /** One after another, with pauses of ten seconds on average. */
  static void nowAndThen(World world, String key, Priority priority, int left) {
    SimRequest request = one(world, key, 60);
    request.priority = priority;
    if (left > 1) {
      request.onEnd = () -> nowAndThen(world, key, priority, left - 1);
    }
    world.time.after(5 + 10 * world.random.nextDouble(), () -> world.send(request));
  }

  /** So many at once, of about so many tokens. */
  static void backlog(World world, String key, int count, int outputTokens) {
    for (int i = 0; i < count; i++) {
      int tokens = (int) (outputTokens * (0.5 + world.random.nextDouble()));
      SimRequest request = one(world, key, tokens);
      world.time.after(world.random.nextDouble(), () -> world.send(request));
    }
  }

  private static SimRequest one(World world, String key, int outputTokens) {
    SimRequest request = new SimRequest();
    request.key = key;
    request.promptTokens = 100;
    request.chain = world.fresh(100);
    request.after = request.chain;
    request.outputTokens = outputTokens;
    return request;
  }

  private Arrivals() {}
}
