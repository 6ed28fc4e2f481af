package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.Permit;
import ollama.gateway.shared.Verdict;
import ollama.gateway.usage.PeriodTotals;

/** One request asks its limits. */
final class Admission implements Permit, StoreCall {

  private final Courier courier;
  private final Demand demand;
  private final Runnable onDone;
  private final AtomicBoolean settled = new AtomicBoolean();
  private volatile Verdict verdict = Verdict.PENDING;
  private volatile boolean here;
  private volatile boolean abandoned;
  private final Reply<Object> answer = new Reply<>();

  /** Whether it is among the {@link Holdings}; the courier's, as what follows. */
  private boolean held;

  /** Whether the store was asked, and nobody knows what it says. */
  private boolean isOnItsWay;

  Admission(Courier courier, Demand demand, Runnable onDone) {
    this.courier = courier;
    this.demand = demand;
    this.onDone = onDone;
  }

  @Override
  public Verdict verdict() {
    return verdict;
  }

  /** It has a verdict, without the store. */
  void decide(Verdict without) {
    verdict = without;
    onDone.run();
  }

  @Override
  public void send(Wire wire) {
    isOnItsWay = true;
    Demand.Rate rate = demand.rate();
    Demand.Key key = demand.key();
    answer.isDue(
        wire.call(
            Script.ADMIT,
            needed(),
            List.of(
                courier.replica(),
                Names.bytes(rate.isLimited() ? rate.max() : 0),
                Names.bytes(Answer.microsOf(rate)),
                Names.bytes(key.runningMax()),
                Names.bytes(key.quota().perMinute()),
                Names.bytes(key.quota().perDay()),
                Names.bytes(key.quota().perMonth()),
                Names.bytes(key.estimatedTokens()),
                Names.bytes(key.usedHere().inDay()),
                Names.bytes(key.usedHere().inMonth()),
                courier.ledger())));
  }

  /** What the script needs of the store, and nothing else: it may have to do without the rest. */
  private List<byte[]> needed() {
    Names names = courier.names();
    List<byte[]> needed = new ArrayList<>(6);
    Demand.Key key = demand.key();
    if (key.isLimited()) {
      needed.add(names.running(key.id()));
      needed.add(names.day(key.id(), key.usedHere()));
      needed.add(names.month(key.id(), key.usedHere()));
      needed.add(names.minute(key.id()));
      needed.add(names.replicas());
    }
    if (demand.rate().isLimited()) {
      needed.add(names.rate(demand.rate()));
    }
    return needed;
  }

  @Override
  public void answered() {
    Answer said = Answer.of(answer.get());
    isOnItsWay = false;
    Verdict now = said.verdict(demand);
    if (now.kind() == Verdict.Kind.ADMITTED) {
      hold();
    } else if (now.kind() == Verdict.Kind.TOO_OFTEN) {
      courier.hot(demand.rate(), said.resetMicros());
    }
    decide(now);
    settleIfAbandoned();
  }

  /** Called behind both what it waits for, so that the later of them does it. */
  private void settleIfAbandoned() {
    if (abandoned && !here && verdict.kind() == Verdict.Kind.ADMITTED) {
      settle(PeriodTotals.NONE, 0);
    }
  }

  @Override
  public void failed() {
    if (isOnItsWay && demand.key().isLimited()) {
      courier.holdings().doubt(demand.key().id());
    }
    isOnItsWay = false;
    decide(Verdict.UNREACHABLE);
  }

  private void hold() {
    Demand.Key key = demand.key();
    if (key.isLimited() && !held) {
      held = true;
      courier.holdings().add(key.id(), running(), key.estimatedTokens());
    }
  }

  private int running() {
    return demand.key().runningMax() > 0 ? 1 : 0;
  }

  @Override
  public void admitHere() {
    here = true;
    courier.give(new AdmittedHere());
  }

  @Override
  public void abandon() {
    abandoned = true;
    settleIfAbandoned();
  }

  @Override
  public void settle(PeriodTotals usedHere, long tokens) {
    if (!here && !verdict.isDecided()) {
      abandon();
      return;
    }
    boolean isAdmitted = here || verdict.kind() == Verdict.Kind.ADMITTED;
    if (isAdmitted && demand.key().isLimited() && settled.compareAndSet(false, true)) {
      courier.give(new Settling(usedHere, tokens));
    }
  }

  /** It goes on though the store hasn't said so, and is counted there later. */
  private final class AdmittedHere implements StoreCall {
    @Override
    public boolean hasToWait(List<StoreCall> batch) {
      return batch.contains(Admission.this);
    }

    @Override
    public void send(Wire wire) {}

    @Override
    public void answered() {
      note();
    }

    @Override
    public void failed() {
      note();
    }

    private void note() {
      if (verdict.kind() == Verdict.Kind.ADMITTED) {
        // The store has said so since.
        return;
      }
      courier.decidedHere(demand.rate());
      Demand.Key key = demand.key();
      if (key.isLimited() && !held) {
        held = true;
        courier.holdings().addUncounted(key.id(), running(), key.estimatedTokens());
      }
    }
  }

  /** It is over. */
  private final class Settling implements StoreCall {
    private final PeriodTotals usedHere;
    private final long tokens;
    private final Reply<Object> done = new Reply<>();
    private boolean isGivenBack;

    private Settling(PeriodTotals usedHere, long tokens) {
      this.usedHere = usedHere;
      this.tokens = tokens;
    }

    @Override
    public boolean hasToWait(List<StoreCall> batch) {
      return batch.contains(Admission.this);
    }

    @Override
    public void send(Wire wire) {
      boolean isThere = giveBack();
      Demand.Key key = demand.key();
      done.isDue(
          SettleCall.write(
              wire,
              courier,
              key.id(),
              new SettleCall(
                  isThere ? running() : 0, isThere ? key.estimatedTokens() : 0, usedHere, tokens)));
    }

    @Override
    public void answered() {
      Object _ = done.get();
      courier.holdings().known(demand.key().id());
    }

    @Override
    public void failed() {
      boolean _ = giveBack();
      courier.holdings().doubt(demand.key().id());
      courier.owed().add(demand.key().id(), usedHere, tokens);
    }

    private boolean giveBack() {
      if (held && !isGivenBack) {
        isGivenBack = true;
        courier.holdings().remove(demand.key().id(), running(), demand.key().estimatedTokens());
      }
      return held;
    }
  }
}
