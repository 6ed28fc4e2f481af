package ollama.gateway.valkey;

import static ollama.gateway.valkey.Member.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Soonest;

/** A store, and the gateways beside it, which end with it. */
final class Gateways implements AutoCloseable {

  private static final ServerSpec SERVER = new ServerSpec("gpu", 3, 0, 1);

  final TestStore store;
  final List<Member> members = new ArrayList<>();

  private Gateways(TestStore store) {
    this.store = store;
  }

  /** A store that nobody has joined yet. */
  static Gateways start() throws IOException {
    return new Gateways(TestStore.start());
  }

  /** One with a server of three slots, once the store answers it. */
  Member join(String name) throws InterruptedException {
    return join(name, SERVER);
  }

  /** The same of one that finds the store at another port. */
  Member join(String name, int port) throws InterruptedException {
    return join(name, port, SERVER);
  }

  /** One with this server, once the store answers it. */
  Member join(String name, ServerSpec server) throws InterruptedException {
    return join(name, store.port(), server);
  }

  private Member join(String name, int port, ServerSpec server) throws InterruptedException {
    Line line = new Line(List.of(server), new Soonest(), LineSettings.DEFAULT);
    Member member = new Member(TestStore.config(port), name, line);
    members.add(member);
    await("up", () -> member.isUp);
    return member;
  }

  @Override
  public void close() {
    members.forEach(member -> member.state.close());
    store.close();
  }
}
