package ollama.gateway.proxy;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Looks at bodies, off the loop where it would hold up all that the loop carries. */
final class BodyChecks {

  /** Read in less than a millisecond. */
  private static final int AT_ONCE_BYTES = 64 * 1024;

  private final OffLoop offLoop;

  BodyChecks(OffLoop offLoop) {
    this.offLoop = offLoop;
  }

  /**
   * Why a request may not go on; empty if it may.
   *
   * @param bytes how much is looked at
   */
  Optional<Refusal> run(int bytes, Supplier<Optional<Refusal>> check) {
    try {
      return bytes > AT_ONCE_BYTES ? offLoop.call(OffLoop.Work.BODIES, check::get) : check.get();
    } catch (RejectedExecutionException e) {
      return Optional.of(Refusal.BODIES);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a body couldn't be looked at", e);
    }
  }
}
