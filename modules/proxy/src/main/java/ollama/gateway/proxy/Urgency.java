package ollama.gateway.proxy;

import java.util.Optional;
import ollama.gateway.auth.Principal;
import ollama.gateway.balancer.dispatch.Priority;
import ollama.gateway.config.ApiKey;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;

/** In which class of the line a request waits: its key's, or a lower one that it asks for. */
final class Urgency {

  private Urgency() {}

  static Priority of(Call call) {
    Optional<Principal> principal = call.identity().principal();
    Priority lowest = principal.isPresent() ? ofKey(principal.get()) : Priority.NORMAL;
    Fields fields = call.head().fields();
    for (int i = fields.indexOf(KnownField.X_GATEWAY_PRIORITY, 0);
        i >= 0;
        i = fields.indexOf(KnownField.X_GATEWAY_PRIORITY, i + 1)) {
      lowest = lowered(lowest, fields, i);
    }
    return lowest;
  }

  private static Priority ofKey(Principal principal) {
    return switch (principal.priority()) {
      case ApiKey.INTERACTIVE -> Priority.INTERACTIVE;
      case ApiKey.BATCH -> Priority.BATCH;
      default -> Priority.NORMAL;
    };
  }

  /** Whatever a line of the head says, nobody gets a higher class by it. */
  private static Priority lowered(Priority before, Fields fields, int line) {
    if (fields.valueIs(line, ApiKey.BATCH)) {
      return Priority.BATCH;
    }
    boolean lowers = before == Priority.INTERACTIVE && fields.valueIs(line, ApiKey.NORMAL);
    return lowers ? Priority.NORMAL : before;
  }
}
