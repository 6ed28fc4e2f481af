package ollama.gateway.proxy;

import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.wire.ProtocolException;

/**
 * In which way a request is answered; chosen once, when it has passed its gates or been refused.
 */
sealed interface Plan permits RefusePlan, OwnPlan, OnePlan, WritePlan, MergePlan {

  /**
   * Answers.
   *
   * @throws PeerLeftException when the client left
   * @throws ProtocolException when the client's body broke a rule
   */
  Ending run(Call call) throws PeerLeftException, ProtocolException;
}
