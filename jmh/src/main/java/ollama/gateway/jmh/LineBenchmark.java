package ollama.gateway.jmh;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.LineSettings;
import ollama.gateway.balancer.dispatch.Priority;
import ollama.gateway.balancer.dispatch.Prompt;
import ollama.gateway.balancer.dispatch.ServerSpec;
import ollama.gateway.balancer.dispatch.Soonest;
import ollama.gateway.balancer.dispatch.Ticket;
import ollama.gateway.balancer.dispatch.Work;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** A request asks the line for a server, and is over: at once, or where many wait before it. */
public class LineBenchmark extends MicroBenchmark {

  private static final String MODEL = "tiny:latest";

  /** How many servers there are. */
  @Param({"1", "16"})
  public int servers;

  /** How many requests wait already, and all servers are full. */
  @Param({"0", "500"})
  public int waiting;

  private Line line;
  private Work work;

  /** Servers of four slots, and the requests that fill them where others are to wait. */
  @Setup(Level.Trial)
  public void setUp() {
    List<ServerSpec> specs =
        IntStream.range(0, servers).mapToObj(i -> new ServerSpec("s" + i, 4, 0, 1)).toList();
    line = new Line(specs, new Soonest(), LineSettings.DEFAULT);
    long now = System.nanoTime();
    for (ServerSpec spec : specs) {
      line.holds(spec.name(), Set.of(MODEL), now);
      line.loaded(spec.name(), Set.of(MODEL), now, now);
    }
    work = new Work(MODEL, 0, Prompt.UNKNOWN, "key", Priority.NORMAL, true);
    int filling = waiting == 0 ? 0 : 4 * servers + waiting;
    for (int i = 0; i < filling; i++) {
      Ticket _ = line.enter(work, Set.of(), ticket -> {}, now);
    }
  }

  /** One request. */
  @Benchmark
  public boolean enterAndLeave() {
    long now = System.nanoTime();
    return line.enter(work, Set.of(), ticket -> {}, now).leave(now);
  }
}
