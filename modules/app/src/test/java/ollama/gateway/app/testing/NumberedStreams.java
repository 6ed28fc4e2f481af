package ollama.gateway.app.testing;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import ollama.gateway.app.testing.Answer.End;

/**
 * Streams at the same time, each of which carries its own name and a number in every line, so that
 * a foreign byte, a gap or a cut that looks like an end is seen.
 */
public final class NumberedStreams implements AutoCloseable {

  private static final int WAIT_SECONDS = 120;
  private static final int PAUSE_MILLIS = 10;

  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new);
  private final List<Future<Answer>> answers = new ArrayList<>();
  private final int lines;

  /** What became of all. */
  public record Outcome(int whole, int cut, int refused) {}

  /** Asks for so many streams of so many lines. */
  public NumberedStreams(InetSocketAddress gateway, int count, int lines) {
    this.lines = lines;
    for (int i = 0; i < count; i++) {
      String name = name(i);
      answers.add(threads.submit(() -> ask(gateway, name, lines)));
    }
  }

  /**
   * Waits for the end of all and checks what each client saw.
   *
   * @throws AssertionError when one hangs, has another's bytes, or ended well before its last line
   */
  public Outcome await() throws Exception {
    int whole = 0;
    int cut = 0;
    int refused = 0;
    for (int i = 0; i < answers.size(); i++) {
      Answer answer = answers.get(i).get(WAIT_SECONDS, TimeUnit.SECONDS);
      check(answer, name(i), lines);
      if (answer.status() != 200) {
        refused++;
      } else if (answer.end() == End.COMPLETE) {
        whole++;
      } else {
        cut++;
      }
    }
    return new Outcome(whole, cut, refused);
  }

  /**
   * Checks what one client saw: an error, the whole stream, or a cut one that looks cut.
   *
   * @throws AssertionError when it is none of these
   */
  public static void check(Answer answer, String name, int lines) {
    if (answer.status() != 200) {
      check(answer.status() >= 502 && answer.status() <= 504, answer);
      check(answer.end() == End.COMPLETE && answer.text().startsWith("{\"error\":"), answer);
    } else if (answer.end() == End.COMPLETE) {
      check(answer.body().equals(text(name, lines)), answer);
    } else {
      check(text(name, lines).startsWith(answer.body()), answer);
    }
  }

  /** A server's side: the stream that was asked for, at an even pace. */
  public static void play(Call call) throws IOException {
    String[] asked = call.readBody().split(" ", -1);
    int lines = Integer.parseInt(asked[1]);
    begin(call);
    for (int i = 0; i < lines; i++) {
      call.send(Bytes.chunk(line(asked[0], i)));
      pause();
    }
    call.send(Bytes.LAST_CHUNK);
  }

  /** A server's side: the head and the first lines, from which a script goes on as it likes. */
  public static void playSome(Call call, int lines) throws IOException {
    String name = call.readBody().split(" ", -1)[0];
    begin(call);
    for (int i = 0; i < lines; i++) {
      call.send(Bytes.chunk(line(name, i)));
      pause();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private static Answer ask(InetSocketAddress gateway, String name, int lines) throws IOException {
    try (RawClient client = new RawClient(gateway)) {
      return client.send(TestGateway.postOf("/api/chat", name + " " + lines)).answer();
    }
  }

  private static void begin(Call call) throws IOException {
    call.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  }

  private static String text(String name, int lines) {
    return IntStream.range(0, lines).mapToObj(i -> line(name, i)).collect(Collectors.joining());
  }

  private static String name(int i) {
    return "stream-" + i;
  }

  private static String line(String name, int i) {
    return name + " line " + i + "\n";
  }

  /** A model's pace. */
  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  private static void check(boolean holds, Answer answer) {
    if (!holds) {
      throw new AssertionError(answer.toString());
    }
  }
}
