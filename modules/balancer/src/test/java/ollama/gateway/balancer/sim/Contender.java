package ollama.gateway.balancer.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import ollama.gateway.balancer.dispatch.Candidate;
import ollama.gateway.balancer.dispatch.Choice;
import ollama.gateway.balancer.dispatch.Estimate;
import ollama.gateway.balancer.dispatch.InTurn;
import ollama.gateway.balancer.dispatch.LeastRequests;
import ollama.gateway.balancer.dispatch.Soonest;
import ollama.gateway.balancer.dispatch.Strategy;
import ollama.gateway.balancer.dispatch.Work;

/** The policies side by side. */
enum Contender {
  SOONEST("soonest"),
  ROUND_ROBIN("round robin"),
  LEAST_REQUESTS("least requests"),
  STICKY("sticky by hash");

  final String label;

  Contender(String label) {
    this.label = label;
  }

  Strategy strategy(IntSupplier conversation) {
    return switch (this) {
      case SOONEST -> new Soonest();
      case ROUND_ROBIN -> new InTurn();
      case LEAST_REQUESTS -> new LeastRequests();
      case STICKY -> new Sticky(conversation);
    };
  }

  /** Each conversation has its server, whatever happens there. */
  private record Sticky(IntSupplier conversation) implements Strategy {

    @Override
    public Choice choose(List<Candidate> candidates, Work work, long turn) {
      List<Integer> up = new ArrayList<>();
      List<Estimate> estimates = new ArrayList<>();
      for (int i = 0; i < candidates.size(); i++) {
        Candidate c = candidates.get(i);
        boolean eligible = c.up() && c.holds() != Candidate.Holds.NO;
        estimates.add(new Estimate(c.server(), eligible, 0, c.loading().needed() ? 1 : 0, 0));
        if (eligible) {
          up.add(i);
        }
      }
      int hash = conversation.getAsInt() * 0x9E3779B1;
      int mixed = (hash ^ hash >>> 15) * 0x85EBCA6B;
      int index = up.isEmpty() ? -1 : up.get(Math.floorMod(mixed ^ mixed >>> 13, up.size()));
      return new Choice(index, estimates);
    }

    @Override
    public Waits waits() {
      return Waits.FOR_CHOSEN;
    }
  }
}
