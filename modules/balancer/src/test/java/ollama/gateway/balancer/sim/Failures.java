package ollama.gateway.balancer.sim;

import java.util.ArrayList;
import java.util.List;

/** One server dies at 40 s, one hangs at 100 s, one flaps from 160 s on; each comes back. */
final class Failures {
  private record Return(SimServer server, double at, int served) {}

  private final World world;
  private final List<Return> returns = new ArrayList<>();
  private double longest;

  Failures(World world) {
    this.world = world;
    List<SimServer> servers = List.copyOf(world.servers.values());
    at(40, servers.get(0)::die);
    back(60, servers.get(0));
    at(100, servers.get(1)::hang);
    back(120, servers.get(1));
    for (int i = 0; i < 5; i++) {
      at(160 + 6 * i, servers.get(2)::die);
      back(163 + 6 * i, servers.get(2));
    }
    world.time.every(0.1, this::look);
  }

  private void at(double seconds, Runnable what) {
    world.time.after(seconds, what);
  }

  private void back(double seconds, SimServer server) {
    at(
        seconds,
        () -> {
          server.comeBack();
          returns.add(new Return(server, seconds, server.loads));
        });
  }

  /** In use is who loads again. */
  private void look() {
    returns.removeIf(
        r -> {
          longest = Math.max(longest, world.now() - r.at);
          return r.server.loads > r.served;
        });
  }

  double longestReturn() {
    return longest;
  }

  /** Neither answered nor cut off in the middle of an answer. */
  long lost() {
    return world.requests.stream().filter(r -> r.ended < 0 || r.refused).count();
  }
}
