package ollama.gateway.balancer.dispatch;

import java.util.List;

/**
 * Which server, and why.
 *
 * @param index of the chosen one among the candidates; -1 if none is eligible
 * @param estimates of all the candidates, in their order
 */
public record Choice(int index, List<Estimate> estimates) {
  static final int NONE = -1;
}
