package ollama.gateway.app.soak;

import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import ollama.gateway.app.testing.Answer;
import ollama.gateway.app.testing.Answer.End;
import ollama.gateway.app.testing.Head;
import ollama.gateway.app.testing.NumberedStreams;
import ollama.gateway.app.testing.RawClient;

/** Clients of every kind, each at its own random pace, until they are closed. */
final class Load implements AutoCloseable {

  private static final int UPLOAD_BYTES = 200_000;
  private static final List<String> BAD_REQUESTS =
      List.of(
          "GET / HTTP/9.9\r\n\r\n",
          "GET /api/tags HTTP/1.1\r\n\r\n",
          "POST /x HTTP/1.1\r\nHost: g\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "GET /api/tags HTTP/1.1\r\nHost: g\r\nBad Name: x\r\n\r\n",
          "POST /api/chat HTTP/1.1\r\nHost: g\r\n"
              + Subject.AUTH
              + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
          "\0\1\2\3\r\n\r\n",
          "GET /api/tags HTTP/1.1\r\nHost: g\r\nAuthorization: wrong\r\nConnection: close\r\n\r\n");

  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new);
  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger streams = new AtomicInteger();
  private final Subject subject;
  private volatile boolean over;

  /** One turn of a client; the number says which of its kind it is. */
  @FunctionalInterface
  private interface Turn {
    void take(Random random) throws Exception;
  }

  Load(Subject subject, long seed) {
    this.subject = subject;
    Random seeds = new Random(seed);
    repeat(6, "small", seeds.nextLong(), 20, this::small);
    repeat(60, "stream", seeds.nextLong(), 50, this::stream);
    repeat(3, "upload", seeds.nextLong(), 100, this::upload);
    repeat(6, "cancel", seeds.nextLong(), 50, this::cancel);
    repeat(2, "bad", seeds.nextLong(), 50, this::bad);
  }

  /** How many ended how. */
  Map<String, LongAdder> counts() {
    return new TreeMap<>(counts);
  }

  /** What no client should have seen. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() {
    over = true;
    threads.shutdown();
    try {
      if (!threads.awaitTermination(60, TimeUnit.SECONDS)) {
        failures.add("clients hang");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
  }

  private void repeat(int clients, String kind, long seed, int pauseMillis, Turn turn) {
    for (int i = 0; i < clients; i++) {
      Random random = new Random(seed + i);
      threads.execute(
          () -> {
            while (!over) {
              try {
                turn.take(random);
                Thread.sleep(random.nextInt(pauseMillis));
              } catch (Exception | AssertionError e) {
                failures.add(kind + ": " + e);
              }
            }
          });
    }
  }

  private void small(Random random) throws Exception {
    try (RawClient client = subject.connect()) {
      for (int i = random.nextInt(50); i >= 0 && !over; i--) {
        Answer answer =
            client.send("GET /api/tags HTTP/1.1\r\nHost: g\r\n" + Subject.AUTH + "\r\n").answer();
        count("small", answer);
        if (answer.end() != End.COMPLETE || !answer.field("Connection").isEmpty()) {
          return;
        }
        Thread.sleep(random.nextInt(20));
      }
    }
  }

  private void stream(Random random) throws Exception {
    String name = "s" + streams.incrementAndGet();
    int lines = 10 + random.nextInt(100);
    try (RawClient client = subject.connect()) {
      Answer answer = client.send(post("/api/chat", name + " " + lines)).answer();
      NumberedStreams.check(answer, name, lines);
      count("stream", answer);
    }
  }

  private void upload(Random random) throws Exception {
    String path = "/api/blobs/sha256:" + "0".repeat(64);
    try (RawClient client = subject.connect()) {
      count("upload", client.send(post(path, "x".repeat(UPLOAD_BYTES))).answer());
    } catch (SocketException e) {
      // Nobody took the upload's end, so the early answer may be lost to a reset.
      counts.computeIfAbsent("upload reset", _ -> new LongAdder()).increment();
    }
  }

  private void cancel(Random random) throws Exception {
    try (RawClient client = subject.connect()) {
      Head _ = client.send(post("/api/chat", "gone 1000")).head();
      Thread.sleep(random.nextInt(200));
      client.reset();
      counts.computeIfAbsent("cancelled", _ -> new LongAdder()).increment();
    }
  }

  private void bad(Random random) throws Exception {
    String request = BAD_REQUESTS.get(random.nextInt(BAD_REQUESTS.size()));
    try (RawClient client = subject.connect()) {
      Answer answer = client.send(request).answer();
      if (answer.status() < 400) {
        throw new AssertionError(request + " got " + answer);
      }
      count("bad", answer);
    }
  }

  private void count(String kind, Answer answer) {
    int status = answer.status();
    if (status != 200 && status < 502 && !kind.equals("bad")) {
      throw new AssertionError(answer.toString());
    }
    String what = kind + " " + (answer.end() == End.COMPLETE ? status : "cut");
    counts.computeIfAbsent(what, _ -> new LongAdder()).increment();
  }

  private static String post(String target, String body) {
    return "POST %s HTTP/1.1\r\nHost: g\r\n%sContent-Length: %d\r\n\r\n%s"
        .formatted(target, Subject.AUTH, body.length(), body);
  }
}
