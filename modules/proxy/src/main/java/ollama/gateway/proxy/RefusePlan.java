package ollama.gateway.proxy;

import ollama.gateway.http.server.PeerLeftException;

/** Says no. */
record RefusePlan(Refusal refusal, Recorder recorder) implements Plan {

  @Override
  public Ending run(Call call) throws PeerLeftException {
    recorder.refused(call, refusal);
    if (refusal.closes()) {
      call.exchange().response().closeAfter();
    }
    Answers.refuse(call, refusal);
    return Ending.WHOLE;
  }
}
