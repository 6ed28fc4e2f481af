package ollama.gateway.balancer.sim;

import java.util.Arrays;
import ollama.gateway.balancer.dispatch.Chain;

/**
 * People who chat, think, and chat on.
 *
 * @param people how many; each begins another conversation when one is over, and one of them is
 *     somewhere in the first when the next begins
 * @param turns of each
 * @param firstTokens the first prompt
 * @param turnTokens what each turn adds, with the answer before
 * @param outputTokens an answer
 * @param thoughtSeconds between an answer and the next turn, a tenth more or less
 * @param sharedTokens how much of the first prompt is the same for all
 */
record Conversations(
    int people,
    int turns,
    int firstTokens,
    int turnTokens,
    int outputTokens,
    double thoughtSeconds,
    int sharedTokens) {

  /** All begin within the first so many seconds, and nobody begins another one after that time. */
  void begin(World world, double beginSeconds, double untilSeconds) {
    long shared = world.hash();

    for (int i = 0; i < people; i++) {
      double begin = world.random.nextDouble() * beginSeconds;
      world.time.after(begin, () -> converse(world, shared, untilSeconds));
    }
  }

  private void converse(World world, long shared, double untilSeconds) {
    long own = world.hash();
    Chain first =
        sharedTokens == 0
            ? new Chain(new long[] {own}, new int[] {firstTokens})
            : new Chain(new long[] {shared, own}, new int[] {sharedTokens, firstTokens});
    Runnable another =
        () -> {
          if (world.now() < untilSeconds) {
            converse(world, shared, untilSeconds);
          }
        };
    turn(world, new Turn(world.random.nextInt(), 0, first, sharedTokens, another));
  }

  private record Turn(int conversation, int number, Chain prompt, int known, Runnable another) {}

  private void turn(World world, Turn turn) {
    SimRequest request = new SimRequest();
    request.conversation = turn.conversation;
    request.chain = turn.prompt;
    request.promptTokens = turn.prompt.tokens(turn.prompt.length() - 1);
    request.reusableTokens = turn.number == 0 ? 0 : turn.known;
    request.outputTokens = outputTokens;
    request.after = longer(turn.prompt, world.hash(), outputTokens);
    double thought = thoughtSeconds * (0.9 + 0.2 * world.random.nextDouble());
    Chain prompt = longer(request.after, world.hash(), turnTokens - outputTokens);
    int computed = request.promptTokens + outputTokens;
    Turn next = new Turn(turn.conversation, turn.number + 1, prompt, computed, turn.another);
    Runnable goOn = turn.number + 1 < turns ? () -> turn(world, next) : turn.another;
    request.onEnd = () -> world.time.after(thought, goOn);
    world.send(request);
  }

  static Chain longer(Chain chain, long hash, int tokens) {
    int length = chain.length();
    long[] hashes = new long[length + 1];
    int[] sizes = new int[length + 1];
    for (int i = 0; i < length; i++) {
      hashes[i] = chain.hash(i);
      sizes[i] = chain.tokens(i);
    }
    hashes[length] = hash;
    sizes[length] = (length == 0 ? 0 : sizes[length - 1]) + tokens;
    return new Chain(Arrays.copyOf(hashes, length + 1), sizes);
  }
}
