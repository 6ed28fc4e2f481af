package ollama.gateway.proxy;

import ollama.gateway.http.server.PeerLeftException;

/** The gateway answers itself. */
record OwnPlan(OwnEndpoint.Methods methods, Answer answer) implements Plan {

  /** Answers a request whose method is one of those. */
  @FunctionalInterface
  interface Answer {
    /** Answers wholly. */
    void give(Call call) throws PeerLeftException;
  }

  @Override
  public Ending run(Call call) throws PeerLeftException {
    if (methods.has(call.head().method())) {
      answer.give(call);
    } else {
      Answers.methodNotAllowed(call, methods.allow());
    }
    return Ending.WHOLE;
  }
}
