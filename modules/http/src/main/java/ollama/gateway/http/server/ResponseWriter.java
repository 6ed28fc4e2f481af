package ollama.gateway.http.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import ollama.gateway.http.loop.DeadlineException;
import ollama.gateway.http.loop.EventLoop;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.loop.Watch;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.message.RequestHead;
import ollama.gateway.http.wire.BodyDecoder;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.http.wire.FieldBlock;
import ollama.gateway.http.wire.FieldName;
import ollama.gateway.http.wire.HeadWriter;
import ollama.gateway.http.wire.PayloadObserver;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answer to the request at hand.
 *
 * <pre>
 *   {@link #start} {@link #field}* {@link #endHead} ({@link #body} | {@link #flush})* {@link #end}
 * </pre>
 *
 * <p>Everything between two flushes goes out in one write: a head with its first body bytes too.
 */
public final class ResponseWriter {

  static final FieldName CONTENT_LENGTH = FieldName.of("Content-Length");
  static final FieldName CONTENT_TYPE = FieldName.of("Content-Type");
  static final FieldName DATE = FieldName.of("Date");
  static final FieldBlock CLOSE = FieldBlock.of(FieldName.of("Connection"), "close");
  private static final FieldBlock CHUNKED =
      FieldBlock.of(FieldName.of("Transfer-Encoding"), "chunked");

  private final Output output;
  private final HttpClock clock;
  private final EventLoop loop;
  private final BodyEncoder encoder = new BodyEncoder();
  private BooleanSupplier closeNeeded = () -> false;
  private Watch client = Watch.NONE;
  private @Nullable RequestHead request;
  private Framing framing = Framing.NONE;
  private long stallMillis;
  private boolean keepAlive;
  private int status;
  private long startedNanos;
  private boolean sent;
  private boolean ended;
  private boolean bodiless;
  private long bodyBytes;

  ResponseWriter(Output output, HttpClock clock, EventLoop loop) {
    this.output = output;
    this.clock = clock;
    this.loop = loop;
  }

  void reset(RequestHead head, long writeStallMillis) {
    request = head;
    framing = Framing.NONE;
    stallMillis = writeStallMillis;
    keepAlive = head.keepAlive();
    status = 0;
    sent = false;
    ended = false;
    bodyBytes = 0;
  }

  /** Whether a final answer was begun; its bytes may still wait for the flush. */
  public boolean started() {
    return status != 0;
  }

  /**
   * When a final answer was {@link #started}, in nanoseconds of {@link EventLoop#nanoTime}: early
   * by what the loop's turn had taken so far.
   */
  public long startedNanos() {
    return startedNanos;
  }

  /** Whether any byte of a final answer went to the client, so that there's no way back. */
  public boolean sent() {
    return sent;
  }

  /** Whether the answer was completed. */
  public boolean ended() {
    return ended;
  }

  /** The status begun, or 0. */
  public int status() {
    return status;
  }

  /** Payload bytes written so far. */
  public long bodyBytes() {
    return bodyBytes;
  }

  /** Whether the connection lives on after this answer. */
  public boolean keepAlive() {
    return keepAlive;
  }

  /** Makes this the connection's last answer; it says so if {@link #start} comes later. */
  public void closeAfter() {
    keepAlive = false;
  }

  /** Asked when an answer starts: whether it must be the connection's last. */
  void closeWhen(BooleanSupplier needed) {
    closeNeeded = needed;
  }

  /** Whom a write that has to wait looks after: a client that stopped reading may leave. */
  void watchClient(Watch watch) {
    client = watch;
  }

  /** How the client tells the body's end; as {@link #start} chose it. */
  public Framing framing() {
    return framing;
  }

  /**
   * Starts the final answer: status line, {@code Connection} and the framing's fields.
   *
   * @param source how the body is framed where it comes from; what the client's version can't take
   *     is changed: an unknown length becomes chunks, for HTTP/1.0 the end of the connection. A 204
   *     or 304 has no body, whatever this says
   */
  public void start(int newStatus, Framing source) {
    RequestHead head = requestHead();
    boolean toHead = head.method().equals("HEAD");
    // Neither has a body, and a 204 may not even say so (RFC 9110 sections 8.6 and 15.4.5).
    boolean noBody = newStatus == 204 || newStatus == 304;
    status = newStatus;
    startedNanos = loop.turnNanos();
    framing = noBody ? Framing.NONE : forClient(source, head.minorVersion(), toHead);
    // To HEAD, fields tell what a GET would get; no body follows them (RFC 9110 section 9.3.2).
    bodiless = noBody || toHead;
    encoder.reset(bodiless ? Framing.NONE : framing);
    if (closeNeeded.getAsBoolean()) {
      keepAlive = false;
    }
    HeadWriter.statusLine(output, newStatus);
    if (framing.kind() == Framing.Kind.CHUNKED) {
      HeadWriter.fields(output, CHUNKED);
    }
    if (framing.kind() == Framing.Kind.LENGTH) {
      HeadWriter.field(output, CONTENT_LENGTH, framing.length());
    }
    if (!keepAlive) {
      HeadWriter.fields(output, CLOSE);
    }
  }

  private static Framing forClient(Framing source, int minorVersion, boolean toHead) {
    return switch (source.kind()) {
      case CHUNKED, UNTIL_CLOSE -> minorVersion > 0 ? Framing.CHUNKED : Framing.UNTIL_CLOSE;
      case LENGTH -> source;
      // Without a length, the client would wait for the connection's end.
      case NONE -> toHead ? source : Framing.ofLength(0);
    };
  }

  /** Adds a field. */
  public void field(FieldName name, String value) {
    HeadWriter.field(output, name, value);
  }

  /** Adds a field with a number of at least 0. */
  public void field(FieldName name, long value) {
    HeadWriter.field(output, name, value);
  }

  /** Adds a field with the 16 hexadecimal digits of a number. */
  public void hexField(FieldName name, long value) {
    HeadWriter.hexField(output, name, value);
  }

  /** Adds the time of this answer, which every final one needs (RFC 9110 section 6.6.1). */
  public void date() {
    HeadWriter.field(output, DATE, clock.date());
  }

  /** Adds line {@code i} of another message's fields. */
  public void field(Fields fields, int i) {
    HeadWriter.field(output, fields, i);
  }

  /** Ends the head. */
  public void endHead() {
    HeadWriter.end(output);
  }

  /**
   * Adds the payload that {@code source} finds in {@code in}.
   *
   * @param observer is shown it
   * @throws IOException when {@code source} refuses
   */
  public void body(BodyDecoder source, ByteBuffer in, PayloadObserver observer) throws IOException {
    bodyBytes += encoder.encode(source, in, output, observer);
  }

  /** Adds payload; dropped where no body may follow. */
  public void body(byte[] payload) {
    body(payload, 0, payload.length);
  }

  /**
   * Adds a part of an array as payload; dropped where no body may follow.
   *
   * @param from index of its first byte
   * @param count how many bytes there are
   */
  public void body(byte[] payload, int from, int count) {
    if (bodiless) {
      return;
    }
    encoder.encode(payload, from, count, output);
    bodyBytes += count;
  }

  /** Ends the body and writes all that waits. */
  public void end() throws PeerLeftException {
    encoder.end(output);
    ended = true;
    flush();
  }

  /**
   * Writes all that waits.
   *
   * @throws PeerLeftException when the client left or stopped reading
   */
  public void flush() throws PeerLeftException {
    if (output.isEmpty()) {
      // A buffer without a byte in it, from a source that had no payload: not to be kept waiting.
      output.discard();
      return;
    }
    sent = true;
    write();
  }

  /**
   * Writes what the client takes now, without waiting.
   *
   * @return whether that was all; if not, the rest waits for {@link #flush}
   * @throws PeerLeftException when the client left
   */
  public boolean tryFlush() throws PeerLeftException {
    if (output.isEmpty()) {
      output.discard();
      return true;
    }
    sent = true;
    try {
      return output.tryFlush();
    } catch (IOException e) {
      throw new PeerLeftException("the client left", e);
    }
  }

  /**
   * Answers with a whole body at once.
   *
   * @param contentType of the body; none for an empty one
   */
  public void respond(int newStatus, Optional<String> contentType, byte[] body)
      throws PeerLeftException {
    respond(newStatus, contentType, body, fields -> {});
  }

  /** As above, with more fields. */
  public void respond(int newStatus, Optional<String> contentType, byte[] body, ExtraFields extra)
      throws PeerLeftException {
    start(newStatus, Framing.ofLength(body.length));
    date();
    contentType.ifPresent(type -> field(CONTENT_TYPE, type));
    extra.addTo(this);
    endHead();
    body(body);
    end();
  }

  /** Adds fields to a head that is being written. */
  @FunctionalInterface
  public interface ExtraFields {
    /** Calls {@link ResponseWriter#field} as often as it likes. */
    void addTo(ResponseWriter response);
  }

  /**
   * Takes back an answer of which nothing was sent.
   *
   * @throws IllegalStateException when something was
   */
  public void withdraw() {
    if (sent) {
      throw new IllegalStateException("the client has seen part of the answer");
    }
    output.discard();
    status = 0;
    ended = false;
    bodyBytes = 0;
  }

  /** Sends a response that a final one follows (RFC 9110 section 15.2), with these fields. */
  public void interim(int interimStatus, ExtraFields extra) throws PeerLeftException {
    HeadWriter.statusLine(output, interimStatus);
    extra.addTo(this);
    HeadWriter.end(output);
    write();
  }

  private void write() throws PeerLeftException {
    try {
      output.flush(stallMillis, client);
    } catch (PeerLeftException e) {
      throw e;
    } catch (DeadlineException e) {
      throw new PeerLeftException("the client stopped reading", e);
    } catch (IOException e) {
      throw new PeerLeftException("the client left", e);
    }
  }

  private RequestHead requestHead() {
    RequestHead head = request;
    if (head == null) {
      throw new IllegalStateException("no request at hand");
    }
    return head;
  }
}
