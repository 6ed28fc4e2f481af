package ollama.gateway.app.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Requests at the same time, each on a connection of its own. */
public final class Chats implements AutoCloseable {

  private final InetSocketAddress gateway;
  private final List<RawClient> clients = new ArrayList<>();

  /** None so far. */
  public Chats(TestGateway gateway) {
    this.gateway = gateway.address();
  }

  /** Sends one. */
  public RawClient send(Chat chat) throws IOException {
    return send(chat.request());
  }

  /** Sends one that is written out. */
  public RawClient send(String request) throws IOException {
    RawClient client = new RawClient(gateway);
    clients.add(client);
    return client.send(request);
  }

  /** Waits for the answers of all that were sent since, in the order of sending. */
  public List<Answer> answers() throws IOException {
    List<Answer> answers = new ArrayList<>();
    for (RawClient client : clients) {
      answers.add(client.answer());
    }
    close();
    return answers;
  }

  /** The states of all answers, sorted. */
  public List<Integer> statuses() throws IOException {
    return answers().stream().map(Answer::status).sorted().toList();
  }

  /** Leaves, also where no answer has come. */
  @Override
  public void close() throws IOException {
    for (RawClient client : clients) {
      client.close();
    }
    clients.clear();
  }
}
