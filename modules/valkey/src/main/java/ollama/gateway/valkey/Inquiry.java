package ollama.gateway.valkey;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import redis.clients.jedis.Response;

/** Something that is asked of the store by a thread that may wait for the answer. */
final class Inquiry<T> implements StoreCall {

  /** The store can't be reached, or takes too long. */
  static final class AwayException extends Exception {
    private static final long serialVersionUID = 1;

    private AwayException() {
      super("the store doesn't answer", null, false, false);
    }
  }

  private final Courier courier;
  private final Function<Wire, Response<T>> question;
  private final CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
  private final Reply<T> reply = new Reply<>();

  private Inquiry(Courier courier, Function<Wire, Response<T>> question) {
    this.courier = courier;
    this.question = question;
  }

  /** Asks, and doesn't wait. */
  static <T> Inquiry<T> of(Courier courier, Function<Wire, Response<T>> question) {
    Inquiry<T> asked = new Inquiry<>(courier, question);
    courier.give(asked);
    return asked;
  }

  /**
   * The answer; empty if the store refuses it, and it alone.
   *
   * @throws AwayException if there is none in time
   */
  Optional<T> await(long nanos) throws AwayException {
    try {
      return answer.get(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AwayException();
    } catch (ExecutionException | TimeoutException e) {
      throw new AwayException();
    }
  }

  @Override
  public void send(Wire wire) {
    reply.isDue(question.apply(wire));
  }

  @Override
  public void answered() {
    boolean _ = answer.complete(Optional.of(reply.get()));
  }

  @Override
  public void failed() {
    // The courier is down before it says so of what it was given.
    boolean _ =
        courier.isUp()
            ? answer.complete(Optional.empty())
            : answer.completeExceptionally(new AwayException());
  }
}
