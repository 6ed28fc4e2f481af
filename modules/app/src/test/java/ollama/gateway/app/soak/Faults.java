package ollama.gateway.app.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import ollama.gateway.app.testing.FakeUpstream;
import ollama.gateway.app.testing.Fault;
import ollama.gateway.app.testing.NumberedStreams;

/** Servers that break at random, and an administrator who does everything all the time. */
final class Faults implements AutoCloseable {

  private static final int SERVERS = 3;
  private static final int FAULT_IN = 20;

  private final Random random;
  private final List<FakeUpstream> servers = new ArrayList<>();
  private int injected;

  Faults(long seed) throws IOException {
    random = new Random(seed);
    for (int i = 0; i < SERVERS; i++) {
      servers.add(FakeUpstream.start(script(random.nextLong())));
    }
  }

  List<String> urls() {
    return servers.stream().map(FakeUpstream::url).toList();
  }

  int injected() {
    return injected;
  }

  /** What happens about once a second. */
  void turn(Subject subject) throws IOException {
    servers.forEach(FakeUpstream::forget);
    injected++;
    switch (random.nextInt(5)) {
      case 0 -> {
        int which = random.nextInt(SERVERS);
        FakeUpstream dying = servers.get(which);
        dying.kill();
        servers.set(which, FakeUpstream.restart(dying.port(), script(random.nextLong())));
      }
      case 1 -> servers.get(random.nextInt(SERVERS)).closeConnections();
      case 2 -> {
        List<String> shuffled = new ArrayList<>(urls());
        Collections.shuffle(shuffled, random);
        subject.write(shuffled.subList(0, 1 + random.nextInt(SERVERS)));
        String _ = subject.get("/config/reload");
      }
      case 3 -> {
        subject.writeBroken();
        String _ = subject.get("/config/reload");
        subject.write(urls());
        String _ = subject.get("/config/reload");
      }
      default -> {
        String _ = subject.get("/config/new-key");
      }
    }
  }

  @Override
  public void close() throws IOException {
    stop();
  }

  /** Ends all servers. */
  void stop() throws IOException {
    for (FakeUpstream server : servers) {
      server.close();
    }
  }

  private static FakeUpstream.Script script(long seed) {
    Random faults = new Random(seed);
    Fault[] all = Fault.values();
    return call -> {
      if (!call.target().equals("/api/chat")) {
        call.respond(200, "{}");
      } else if (roll(faults, FAULT_IN) == 0) {
        all[roll(faults, all.length)].play(call);
      } else {
        NumberedStreams.play(call);
      }
    };
  }

  private static int roll(Random random, int sides) {
    return random.nextInt(sides);
  }
}
