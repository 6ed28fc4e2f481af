package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import ollama.gateway.http.loop.Output;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.BodyEncoder;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.BodyWatch;
import ollama.gateway.ollama.Edit;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.MultipartForm;
import ollama.gateway.ollama.OptionsEdits;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.OptionsRefusedException;
import ollama.gateway.ollama.OptionsRewriter;
import ollama.gateway.ollama.Route;
import ollama.gateway.ollama.Span;
import ollama.gateway.ollama.StreamUsage;
import org.jspecify.annotations.Nullable;

/**
 * What a request's body says, as far as it is here before a server is chosen: all of it, or its
 * beginning where it is larger than may be kept. It is sent to the first server, and to another
 * where that fails.
 */
final class Question implements AutoCloseable {

  /** Where most clients have named the model: a body of a megabyte isn't read whole for it. */
  private static final int MODEL_BYTES = 16 * 1024;

  /** Of a prompt whose beginnings matter so much is looked at: a millisecond's work. */
  private static final int PROMPT_BYTES = 256 * 1024;

  private final KeptBytes kept;
  private boolean whole = true;

  /** Whether what is kept stands in the place of a body that came compressed. */
  private boolean decoded;

  /** Whether what is kept isn't what the client sent. */
  private boolean revised;

  /** What was read last of what is kept: several want to know the same. */
  private @Nullable Reading reading;

  /** What isn't sent as it came: the model's name, and everything else. */
  private Edits renamed = Edits.NONE;

  private Edits changed = Edits.NONE;

  /** What is done with the rest of the body, where more of it passes than is kept. */
  private @Nullable Passing passing;

  /**
   * What was read of a body.
   *
   * @param length how much of it was read
   * @param isEnd whether that was all there is
   */
  private record Reading(Route route, int length, boolean isEnd, ModelRequest request) {

    boolean isOf(Route asked, int upTo, boolean toEnd) {
      return route == asked && length == upTo && isEnd == toEnd;
    }
  }

  /** Keeps at most {@code maxBytes}; 0 for nothing, so that all is sent as it comes. */
  Question(int maxBytes, MemoryBudget budget) {
    this(new KeptBytes(maxBytes, budget));
  }

  private Question(KeptBytes kept) {
    this.kept = kept;
  }

  /**
   * One that is what a compressed body says.
   *
   * @param text which is as long as what was taken of the budget for it
   */
  static Question of(byte[] text, MemoryBudget budget) {
    return new Question(KeptBytes.of(text, budget));
  }

  /**
   * Takes the body from the client: all of it, or as much as may be kept.
   *
   * @throws PeerLeftException when the client left
   * @throws ProtocolException when the body broke a rule
   */
  void fill(RequestBody body) throws PeerLeftException, ProtocolException {
    fill(body, Integer.MAX_VALUE);
  }

  /** The same, but for what is more than so many bytes. */
  void fill(RequestBody body, int bytes) throws PeerLeftException, ProtocolException {
    kept.fill(body, bytes);
  }

  /** As {@link KeptBytes#fillToModel}; what isn't kept passes in this way. */
  void fillToModel(RequestBody body, Passing way) throws PeerLeftException, ProtocolException {
    passing = way;
    kept.fillToModel(body, way.watch());
  }

  /** What looks at all of the body; empty where nothing has to, or all of it is kept. */
  Optional<BodyWatch> watch() {
    return Optional.ofNullable(passing).map(Passing::watch);
  }

  /**
   * Passes on what is at hand of the body and isn't kept. What is kept is of no more use then, and
   * dropped.
   *
   * @return why the rest may not go on; empty if it may
   * @throws ProtocolException when the body broke a rule
   */
  Optional<Refusal> pass(RequestBody body, BodyEncoder encoder, Output out)
      throws ProtocolException {
    drop();
    Passing way = passing;
    if (way == null) {
      int _ = body.take(encoder, out);
      return Optional.empty();
    }
    return way.take(body, encoder, out);
  }

  /** Whether everything taken from the client so far can be sent again. */
  boolean whole() {
    return whole;
  }

  /** Whether less is kept than might be, since others hold the memory. */
  boolean lacksMemory() {
    return kept.lacksMemory();
  }

  /** Forgets all, since more follows that isn't kept or all was answered; the memory is free. */
  void drop() {
    whole = false;
    reading = null;
    kept.drop();
  }

  @Override
  public void close() {
    drop();
    kept.close();
  }

  /**
   * What it says, as far as that stands within the bound or, where the model doesn't, within what
   * is kept.
   *
   * @param isEnd whether the body was taken to its end
   * @param withPrompt whether what the prompt begins with matters
   */
  ModelRequest request(Route route, boolean isEnd, boolean withPrompt) {
    Reading last = reading;
    if (last != null && last.isOf(route, size(), isEnd)) {
      return last.request();
    }
    int begin = Math.min(size(), withPrompt ? PROMPT_BYTES : MODEL_BYTES);
    ModelRequest request = request(route, begin, isEnd && begin == size());
    return request.model().isEmpty() && begin < size() ? request(route, size(), isEnd) : request;
  }

  /** Whether that says all of what is kept. */
  boolean isRead(boolean withPrompt) {
    return size() <= (withPrompt ? PROMPT_BYTES : MODEL_BYTES);
  }

  private ModelRequest request(Route route, int length, boolean isEnd) {
    Reading last = reading;
    if (last != null && last.isOf(route, length, isEnd)) {
      return last.request();
    }
    ModelRequest request = ModelRequest.of(route, kept.array(), length, isEnd);
    if (request.names().length() <= MODEL_BYTES) {
      // These texts aren't counted as memory, and may be as long as the body.
      reading = new Reading(route, length, isEnd, request);
    }
    return request;
  }

  /**
   * What it asks for, as far as it is kept.
   *
   * @param isEnd whether the body was taken to its end
   */
  ModelRequest request(Route route, boolean isEnd) {
    return request(route, size(), isEnd);
  }

  /**
   * What it says where it is compressed with zstd.
   *
   * @param isEnd whether the body was taken to its end
   * @param textBytesMax as {@link Zstd#decode} has it
   */
  Zstd.Text decoded(boolean isEnd, int textBytesMax) {
    return Zstd.decode(kept.array(), size(), isEnd, textBytesMax);
  }

  /**
   * Has the whole of what it says sent instead of the compressed bytes, in which no other model can
   * be named.
   *
   * @param text holds nothing afterwards
   */
  void become(Question text) {
    kept.takeOver(text.kept);
    reading = text.reading;
    decoded = true;
  }

  /** Whether servers get what it says, and not the compressed bytes. */
  boolean isDecoded() {
    return decoded;
  }

  /**
   * The value of a field where it is a form, as far as that is kept.
   *
   * @param contentType what it says to be
   */
  Optional<String> field(String contentType, String name) {
    String boundary = MultipartForm.boundary(contentType);
    return MultipartForm.field(kept.array(), size(), boundary, name);
  }

  /**
   * The values of all fields of a name where it is a form.
   *
   * @param contentType what it says to be
   * @return empty if it isn't here to its end, or can be read in more than one way
   */
  Optional<List<String>> fields(String contentType, String name) {
    String boundary = MultipartForm.boundary(contentType);
    return MultipartForm.values(kept.array(), size(), boundary, name);
  }

  /** Whether what is kept has a server use its account, whatever model it names. */
  boolean usesCloud(Route route) {
    return ModelRequest.usesCloud(route, kept.array(), size());
  }

  /** How what is kept asks for a stream's usage, if it has to be asked and doesn't by itself. */
  Optional<Edit> usageRequest() {
    return StreamUsage.request(kept.array(), size());
  }

  /**
   * What is changed of what is kept, so that it says what a policy has it say.
   *
   * @throws OptionsRefusedException if it may not go on
   */
  Edits optionsEdits(OptionsPolicy policy, Route route) throws OptionsRefusedException {
    return Edits.of(OptionsEdits.of(policy, route, kept.array(), size()));
  }

  /**
   * Has what is kept changed for whoever reads it from now on. The whole body has to be here, and
   * nothing else to be changed yet.
   *
   * @return whether there was memory for it; if not, nothing is changed
   */
  boolean revise(Edits edits) {
    if (edits.isEmpty()) {
      return true;
    }
    int length = Math.toIntExact(size() + edits.growth());
    if (!kept.replace(length, () -> edits.applied(kept.array(), size()))) {
      return false;
    }
    reading = null;
    revised = true;
    return true;
  }

  /**
   * Has what is kept and what will pass of it changed. Nothing else may be changed yet.
   *
   * @return as {@link #revise}
   * @throws OptionsRefusedException if it may not go on
   */
  boolean rewrite(OptionsRewriter by) throws OptionsRefusedException {
    Passing way = Objects.requireNonNull(passing);
    byte[] begin = way.rewrite(by, kept.array(), size());
    if (!kept.reserve(Passing.BYTES) || !kept.replace(begin.length, () -> begin)) {
      return false;
    }
    reading = null;
    change(way.unsent());
    return true;
  }

  /** Where what is kept names the model. */
  List<Span> modelPlaces(Route route) {
    return ModelRequest.modelPlaces(route, kept.array(), size());
  }

  /**
   * Has another model named than it names, and everything else left as it is.
   *
   * @param quoted the name as JSON
   */
  void rename(Route route, String quoted) {
    renamed = Edits.of(modelPlaces(route), quoted);
  }

  /**
   * The same where it is a form.
   *
   * @param contentType what it says to be
   * @param field where the name stands
   */
  void renameInForm(String contentType, String field, String name) {
    String boundary = MultipartForm.boundary(contentType);
    Optional<Span> place = MultipartForm.place(kept.array(), size(), boundary, field);
    renamed = Edits.of(place.map(List::of).orElse(List.of()), name);
  }

  /** Has it changed on its way to servers, whichever model is named. */
  void change(Edits edits) {
    changed = edits;
  }

  private Edits edits() {
    return changed.and(renamed);
  }

  /**
   * How the end of the body is told that a server gets.
   *
   * @param client how the client tells it
   */
  Framing framing(Framing client) {
    Passing way = passing;
    if (way != null && way.isRewritten()) {
      return Framing.CHUNKED;
    }
    Edits edits = edits();
    boolean isOther = decoded || revised;
    boolean same = edits.isEmpty() && !isOther;
    if (same || client.kind() != Framing.Kind.LENGTH) {
      return client;
    }
    return Framing.ofLength((isOther ? size() : client.length()) + edits.growth());
  }

  /** What a server gets of what is kept, to be read only, and only as long as {@link #bytes}. */
  ByteBuffer sentBytes() {
    Edits edits = edits();
    return edits.isEmpty() ? bytes() : ByteBuffer.wrap(edits.applied(kept.array(), size()));
  }

  /** What is kept, to be read only, and only until more is filled in or it is dropped. */
  ByteBuffer bytes() {
    return ByteBuffer.wrap(kept.array(), 0, size());
  }

  /** Bytes that are kept. */
  int size() {
    return kept.size();
  }

  /** As {@link KeptBytes#digest}. */
  long digest() {
    return kept.digest();
  }

  /** Writes what a server gets of what is kept. */
  Edits.Writing writing() {
    return edits().writing(kept.array(), size());
  }
}
