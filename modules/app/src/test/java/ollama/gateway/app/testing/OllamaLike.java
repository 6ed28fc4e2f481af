package ollama.gateway.app.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A server that does inside what Ollama does: it loads models one after another and lets idle ones
 * go for them, has slots for each model and a line without a bound before them, remembers prompts,
 * and says at an answer's end how long each part took. Times are a test's own.
 */
public final class OllamaLike implements AutoCloseable {

  /** As many as any test connects at once, however late they are accepted. */
  private static final int BACKLOG = 2048;

  private final ServerSocket listener;
  private final Thread acceptor;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final OllamaScheduler scheduler;
  private final OllamaAnswers answers;

  private OllamaLike(OllamaTraits traits) throws IOException {
    scheduler = new OllamaScheduler(traits);
    answers = new OllamaAnswers(traits, scheduler);
    listener = new ServerSocket();
    listener.bind(
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), BACKLOG);
    acceptor = Thread.ofVirtual().name("ollama-" + traits.name).start(this::accept);
  }

  /** One that has these models on its disk, and none in memory. */
  public static OllamaTraits of(String... models) {
    return new OllamaTraits(List.of(models));
  }

  /** Unchecked, so that a test's field can hold it. */
  static OllamaLike start(OllamaTraits traits) {
    try {
      return new OllamaLike(traits);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /** Its address for the settings. */
  public String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** Stops it as SIGSTOP does: connections are taken, nothing goes on and nothing is answered. */
  public void pause() {
    scheduler.pause(true);
  }

  /** Lets it go on. */
  public void resume() {
    scheduler.pause(false);
  }

  /** Lets no answer come to its last token, so that each that runs keeps its slot. */
  public void hold() {
    scheduler.hold(true);
  }

  /** Lets answers come to their end. */
  public void release() {
    scheduler.hold(false);
  }

  /** Lets loads take so long, the one under way too. */
  public void loadMillis(long millis) {
    scheduler.loadMillis(millis);
  }

  /** How many requests for answers came, those included that were refused. */
  public int came() {
    return scheduler.look(() -> scheduler.counts.came);
  }

  /** How many answers are out whole. */
  public int served() {
    return scheduler.look(() -> scheduler.counts.served);
  }

  /** How many were refused because too many needed a load. */
  public int refused() {
    return scheduler.look(() -> scheduler.counts.refused);
  }

  /** How many loads were done. */
  public int loads() {
    return scheduler.look(() -> scheduler.counts.loads);
  }

  /** How many loads were given up because the client left. */
  public int abortedLoads() {
    return scheduler.look(() -> scheduler.counts.aborted);
  }

  /** How many requests for answers are here now, waiting or running. */
  public int held() {
    return scheduler.look(() -> scheduler.counts.held());
  }

  /** How many requests for a model were here at most, waiting or running. */
  public int mostHeld(String model) {
    return scheduler.look(() -> scheduler.counts.mostHeld(OllamaAsk.canonical(model)));
  }

  /** How many requests for a model ran at most. */
  public int mostRunning(String model) {
    return scheduler.look(() -> scheduler.counts.mostRunning(OllamaAsk.canonical(model)));
  }

  /** Lets {@link #mostHeld} and {@link #mostRunning} begin anew. */
  public void forgetPeaks() {
    scheduler.change(scheduler.counts::forgetPeaks);
  }

  /** How many tokens of all prompts so far it needn't read. */
  public long cachedTokens() {
    return scheduler.look(() -> scheduler.counts.cachedTokens);
  }

  /** How many tokens all prompts so far had. */
  public long promptTokens() {
    return scheduler.look(() -> scheduler.counts.promptTokens);
  }

  /** What the last message was of each that began to run, in their order. */
  public List<String> begun() {
    return scheduler.look(() -> List.copyOf(scheduler.counts.begun));
  }

  /** The models that are in memory, with their tags. */
  public List<String> loaded() {
    return scheduler.loaded().stream().map(runner -> runner.model).toList();
  }

  /** Waits until so many requests for answers came in all. */
  public void awaitCame(int count) {
    scheduler.await(count + " came", () -> scheduler.counts.came >= count);
  }

  /** Waits until so many requests for answers are here. */
  public void awaitHeld(int count) {
    scheduler.await(count + " are here", () -> scheduler.counts.held() == count);
  }

  /** Waits until so many requests for a model run. */
  public void awaitRunning(String model, int count) {
    String name = OllamaAsk.canonical(model);
    scheduler.await(count + " run", () -> scheduler.counts.running(name) == count);
  }

  /** Waits until a load is under way. */
  public void awaitLoading() {
    scheduler.await("a load", scheduler::isLoading);
  }

  /** Waits until so many answers are out whole. */
  public void awaitServed(int count) {
    scheduler.await(count + " served", () -> scheduler.counts.served >= count);
  }

  /**
   * Waits until somebody has asked twice from now on what is loaded: the gateway's second question
   * comes only after it has heard the answer to the first.
   */
  public void awaitLists() {
    int before = scheduler.look(() -> scheduler.counts.lists);
    scheduler.await("two lists", () -> scheduler.counts.lists >= before + 2);
  }

  /** Waits until so many loads were given up. */
  public void awaitAbortedLoads(int count) {
    scheduler.await(count + " aborted", () -> scheduler.counts.aborted >= count);
  }

  /** Sends a JSON body to it, past any gateway, and reads the answer. */
  public Answer post(String path, String json) throws IOException {
    try (RawClient client = connect()) {
      return client.send(TestGateway.postOf(path, json)).answer();
    }
  }

  /** Asks it for something, past any gateway. */
  public Answer get(String path) throws IOException {
    try (RawClient client = connect()) {
      return client.send(TestGateway.getOf(path)).answer();
    }
  }

  /** Connects to it. */
  public RawClient connect() throws IOException {
    return new RawClient(address());
  }

  @Override
  public void close() throws IOException {
    listener.close();
    scheduler.close();
    try {
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = listener.accept();
        sockets.add(socket);
        OllamaConnection connection = new OllamaConnection(socket, scheduler);
        Thread _ =
            Thread.ofVirtual()
                .start(
                    () -> {
                      connection.serve(answers);
                      sockets.remove(socket);
                    });
      } catch (IOException e) {
        return;
      }
    }
  }

  @Override
  public String toString() {
    return scheduler.look(() -> scheduler.counts.toString());
  }
}
