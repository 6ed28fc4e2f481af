package ollama.gateway.http.server;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import ollama.gateway.http.loop.Connection;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Input;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.message.RequestHead;
import org.jspecify.annotations.Nullable;

/** One request and its answer. Holds while {@link Handler#handle} runs. */
public final class Exchange implements Watch {

  /** What is read and dropped of a body that nobody wanted, to keep the connection. */
  private static final int SKIPPED_BYTES_MAX = 256 * 1024;

  /** What is read ahead of next requests, to see whether their client is still there. */
  private static final int NEXT_BYTES_MAX = 256 * 1024;

  /** What is read ahead of a body that its taker doesn't keep up with, for the same reason. */
  private static final int BODY_BYTES_MAX = 1024 * 1024;

  /** What is dropped of next requests at most. Beyond that a client leaves unseen. */
  private static final long DROPPED_BYTES_MAX = 16 * 1024 * 1024;

  private final HttpServer server;
  private final Connection connection;
  private final Input input;
  private final RequestBody body;
  private final ResponseWriter response;
  private final boolean reserved;
  private final boolean local;
  private @Nullable RequestHead request;
  private boolean continueDue;
  private boolean nextDropped;
  private long droppedBytes;
  private InetAddress client;
  private boolean secured;
  private List<String> certificateNames = List.of();
  private boolean introduced;
  private @Nullable String clientText;
  private @Nullable Subscriber subscriber;
  private @Nullable Object remembered;
  private final AtomicReference<@Nullable Object> shown = new AtomicReference<>();

  Exchange(
      HttpServer server,
      Connection connection,
      Input input,
      ResponseWriter response,
      Place place,
      boolean local) {
    this.server = server;
    this.connection = connection;
    this.client = connection.remote().getAddress();
    this.input = input;
    this.response = response;
    this.reserved = place == Place.RESERVED;
    this.local = local;
    this.body = new RequestBody(connection, input, this::sendContinue);
    response.closeWhen(() -> reserved || draining() || bodyBlocksReuse());
    response.watchClient(this);
  }

  void reset(RequestHead head, ServerOptions options) {
    request = head;
    continueDue = head.expectsContinue();
    droppedBytes = 0;
    body.reset(head, options.bodyIdleMillis());
    response.reset(head, options.writeStallMillis());
  }

  /** The request's head. */
  public RequestHead request() {
    RequestHead head = request;
    if (head == null) {
      throw new IllegalStateException("no request at hand");
    }
    return head;
  }

  /** The connection isn't that of who connected; told before the first request. */
  void client(InetAddress named) {
    client = named;
    introduced = true;
  }

  /** Whether who connected has said, by the PROXY protocol, for whom. */
  public boolean isIntroduced() {
    return introduced;
  }

  /**
   * TLS is spoken on the connection, with who has these names; told before a request is handled.
   */
  void secured(List<String> names) {
    secured = true;
    certificateNames = names;
  }

  /** Whether this machine alone can reach the address that the client connected to. */
  public boolean isLocal() {
    return local;
  }

  /** Whether TLS is spoken with who connected. */
  public boolean isSecured() {
    return secured;
  }

  /**
   * What the certificate is called that who connected has shown, in its order; none where none was
   * asked for.
   */
  public List<String> certificateNames() {
    return certificateNames;
  }

  /** The client's address: of who connected, or of who that says to have connected for. */
  public InetAddress client() {
    return client;
  }

  /** The client's address as text, in the form of RFC 5952, without brackets or a zone. */
  public String clientText() {
    String text = clientText;
    if (text == null) {
      text = AddressText.of(client());
      clientText = text;
    }
    return text;
  }

  /** By whom this client is counted. */
  public Subscriber subscriber() {
    Subscriber known = subscriber;
    if (known == null) {
      known = Subscriber.of(client());
      subscriber = known;
    }
    return known;
  }

  /**
   * What {@code make} made of this connection's first exchange: for what a handler needs with each
   * request and is the same for all. A connection remembers one such value.
   */
  @SuppressWarnings("unchecked") // one handler, one value
  public <T> T remembered(Function<Exchange, T> make) {
    Object known = remembered;
    if (known == null) {
      known = make.apply(this);
      remembered = known;
    }
    return (T) known;
  }

  /**
   * Shows something to whoever asks an exchange for {@link #shownByAll}, on whatever thread: they
   * see it as it was left before, and maybe what was done to it since. Costs a write to memory.
   *
   * @param what null to show nothing any more
   */
  public void show(@Nullable Object what) {
    shown.setRelease(what);
  }

  /** What the exchanges of all connections of this server show now, in no order. */
  public List<Object> shownByAll() {
    List<Object> all = new ArrayList<>();
    server
        .connections()
        .forEach(
            other -> {
              Object what = other.exchange().shown.getAcquire();
              if (what != null) {
                all.add(what);
              }
            });
    return all;
  }

  /** The loop that serves this connection. */
  public EventLoop loop() {
    return connection.loop();
  }

  /** Whether the server is on its way to stop. */
  public boolean draining() {
    return server.draining();
  }

  /**
   * Whether the server has all the connections that it may have, and took this one only for what
   * must be answered even then. It ends with its first answer.
   */
  public boolean reserved() {
    return reserved;
  }

  /** The request's body. */
  public RequestBody body() {
    return body;
  }

  /** The answer. */
  public ResponseWriter response() {
    return response;
  }

  /** Whether the client still waits for {@code 100 Continue} and so holds its body back. */
  public boolean continueDue() {
    return continueDue;
  }

  /**
   * The connection to watch while waiting for something else, so that a client that leaves is
   * noticed; null when so much was read ahead that no more can be now. That it leaves even then is
   * noticed by {@link Connection#hangUp}.
   */
  @Override
  public @Nullable Connection watched() {
    if (mayReadAhead()) {
      return connection;
    }
    connection.hangUp().watch();
    return null;
  }

  /**
   * Looks whether the client is still there; to be called after each wait with {@link #watched}.
   * What it sends is kept for later as far as there is room: 1 MiB of this request's body, 256 KiB
   * of next requests. Next requests that don't fit are dropped, all of them, and the connection
   * ends with this answer. Once an answer that says so is on its way, all that comes is dropped:
   * the client may not read it before it has sent its whole body.
   *
   * @throws PeerLeftException when it left
   */
  @Override
  public void check() throws PeerLeftException {
    if (!connection.isOpen()) {
      throw new PeerLeftException();
    }
    if (!mayReadAhead()) {
      if (connection.hangUp().seen()) {
        throw new PeerLeftException();
      }
      return;
    }
    if (!connection.readable()) {
      return;
    }
    try {
      if (readAhead() < 0) {
        throw new PeerLeftException();
      }
    } catch (PeerLeftException e) {
      throw e;
    } catch (IOException e) {
      throw new PeerLeftException("the client's connection failed", e);
    }
  }

  /** Whether bytes were dropped that weren't this request's, so that the connection can't go on. */
  boolean nextDropped() {
    return nextDropped;
  }

  private boolean mayReadAhead() {
    if (body.done()) {
      return droppedBytes < DROPPED_BYTES_MAX;
    }
    return bodyUnwanted() || input.hasRoom(BODY_BYTES_MAX);
  }

  /**
   * Whether the answer that is on its way is the last, so that nobody will read the body's rest.
   */
  private boolean bodyUnwanted() {
    return response.sent() && !response.keepAlive();
  }

  /** Reads what is there; -1 at the end. */
  private int readAhead() throws IOException {
    if (!body.done()) {
      if (!bodyUnwanted()) {
        return input.fillUpTo(BODY_BYTES_MAX);
      }
      body.drop();
    } else if (!nextDropped) {
      int count = input.fillUpTo(NEXT_BYTES_MAX);
      if (count != 0 || !connection.readable()) {
        return count;
      }
      nextDropped = true;
      response.closeAfter();
    }
    return drop();
  }

  private int drop() throws IOException {
    input.discard();
    int count = input.fill();
    droppedBytes += input.unread();
    input.discard();
    return count;
  }

  /**
   * Whether too much of the body is left, or none of it may come, to go on after the answer. Where
   * only its end will tell how much there is, that end must be at hand.
   */
  private boolean bodyBlocksReuse() {
    if (body.done()) {
      return false;
    }
    if (continueDue || body.leftBytes() >= 0) {
      return continueDue || body.leftBytes() > SKIPPED_BYTES_MAX;
    }
    try {
      while (input.fillUpTo(SKIPPED_BYTES_MAX) > 0) {
        // As far as it is there already.
      }
    } catch (IOException e) {
      // The next look at the client finds the same.
    }
    return !body.endsAtHand();
  }

  private void sendContinue() throws PeerLeftException {
    // Inside the final answer it would be taken for a part of that.
    if (continueDue && !response.started()) {
      continueDue = false;
      response.interim(100, fields -> {});
    }
  }
}
