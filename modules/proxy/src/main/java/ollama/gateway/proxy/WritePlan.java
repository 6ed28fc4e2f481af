package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.Route;

/** What changes the models of one or several servers; see {@link Writes}. */
final class WritePlan implements Plan {

  private final OnePlan one;

  /** One that keeps bodies, and asks a single server, as that plan does. */
  WritePlan(OnePlan one) {
    this.one = one;
  }

  /**
   * Whether this is for a request: one that changes models, where there are several servers, or
   * names that are none.
   */
  static boolean suits(Call call) {
    boolean isOne = call.settings().balancer().servers().size() < 2;
    if (isOne && call.settings().aliases().isEmpty()) {
      return false;
    }
    String method = call.head().method();
    return switch (call.route()) {
      case CREATE, PULL, PUSH, COPY -> method.equals("POST");
      case DELETE -> method.equals("DELETE");
      case BLOB -> method.equals("POST") || method.equals("HEAD");
      default -> false;
    };
  }

  @Override
  public Ending run(Call call) throws PeerLeftException, ProtocolException {
    boolean isBlob = call.route() == Route.BLOB;
    int replayBytes = call.settings().config().limits().replayBytes();
    int keptBytesMax = isBlob ? 0 : Math.max(replayBytes, ModelScope.keptBytes(call));
    try (Question question = new Question(keptBytesMax, one.memory().of(call))) {
      question.fill(call.exchange().body());
      Optional<Refusal> refusal = one.checkScope(call, question);
      return refusal.isPresent()
          ? new RefusePlan(refusal.get(), one.recorder()).run(call)
          : one.writes().run(call, question);
    }
  }
}
