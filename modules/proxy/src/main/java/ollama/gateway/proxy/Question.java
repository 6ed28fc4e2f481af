package ollama.gateway.proxy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import ollama.gateway.http.memory.MemoryBudget;
import ollama.gateway.http.message.Framing;
import ollama.gateway.http.server.PeerLeftException;
import ollama.gateway.http.server.RequestBody;
import ollama.gateway.http.wire.ProtocolException;
import ollama.gateway.ollama.Edit;
import ollama.gateway.ollama.ModelRequest;
import ollama.gateway.ollama.MultipartForm;
import ollama.gateway.ollama.OptionsEdits;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.OptionsRefusedException;
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

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final int FIRST_BYTES_MAX = 64 * 1024;

  /** Where most clients have named the model: a body of a megabyte isn't read whole for it. */
  private static final int MODEL_BYTES = 16 * 1024;

  /** Of a prompt whose beginnings matter so much is looked at: a millisecond's work. */
  private static final int PROMPT_BYTES = 256 * 1024;

  private final int maxBytes;
  private final MemoryBudget budget;
  private ByteBuffer kept = NOTHING;
  private boolean whole = true;

  /** Whether less is kept than might be, since others hold the memory. */
  private boolean lacksMemory;

  /** Whether what is kept stands in the place of a body that came compressed. */
  private boolean decoded;

  /** Whether what is kept isn't what the client sent. */
  private boolean revised;

  /** What was read last of what is kept: several want to know the same. */
  private @Nullable Reading reading;

  /** What isn't sent as it came: the model's name, and everything else. */
  private Edits renamed = Edits.NONE;

  private Edits changed = Edits.NONE;

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
    this.maxBytes = maxBytes;
    this.budget = budget;
  }

  /**
   * One that is what a compressed body says.
   *
   * @param text which is as long as what was taken of the budget for it
   */
  static Question of(byte[] text, MemoryBudget budget) {
    Question question = new Question(text.length, budget);
    question.kept = ByteBuffer.wrap(text).position(text.length);
    return question;
  }

  /**
   * Takes the body from the client: all of it, or as much as may be kept.
   *
   * @throws PeerLeftException when the client left
   * @throws ProtocolException when the body broke a rule
   */
  void fill(RequestBody body) throws PeerLeftException, ProtocolException {
    while (maxBytes > 0 && !body.done()) {
      if (!body.atHand()) {
        body.await(null);
      }
      boolean room = makeRoom(body.atHandBytes(), body.leftBytes());
      int _ = body.take(kept);
      if (!room && body.atHand() && !body.done()) {
        return;
      }
    }
  }

  /** Whether everything taken from the client so far can be sent again. */
  boolean whole() {
    return whole;
  }

  /** Whether less is kept than might be, since others hold the memory. */
  boolean lacksMemory() {
    return lacksMemory;
  }

  /** Forgets all, since more follows that isn't kept or all was answered; the memory is free. */
  void drop() {
    whole = false;
    if (kept.capacity() > 0) {
      budget.give(kept.capacity());
      kept = NOTHING;
      reading = null;
    }
  }

  @Override
  public void close() {
    drop();
  }

  /**
   * What it says, as far as that stands within the bound or, where the model doesn't, within what
   * is kept.
   *
   * @param isEnd whether the body was taken to its end
   * @param withPrompt whether what the prompt begins with matters
   */
  ModelRequest request(Route route, boolean isEnd, boolean withPrompt) {
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
    if (length <= MODEL_BYTES) {
      // The texts in it aren't counted as memory, and are as long as the body may be.
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
    budget.give(kept.capacity());
    kept = text.kept;
    reading = text.reading;
    text.kept = NOTHING;
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
    int more = length - kept.capacity();
    if (more > 0 && !budget.take(more)) {
      return false;
    }
    budget.give(Math.max(0, -more));
    kept = ByteBuffer.wrap(edits.applied(kept.array(), size())).position(length);
    reading = null;
    revised = true;
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
    return kept.position();
  }

  /**
   * Tells bodies apart, well enough but for who forges one: two checksums that processors compute
   * as fast as they read memory, so that a megabyte holds a loop for less than a millisecond.
   */
  long digest() {
    CRC32C upper = new CRC32C();
    upper.update(kept.array(), 0, size());
    CRC32 lower = new CRC32();
    lower.update(kept.array(), 0, size());
    return upper.getValue() << Integer.SIZE | lower.getValue();
  }

  /** Writes what a server gets of what is kept. */
  Edits.Writing writing() {
    return edits().writing(kept.array(), size());
  }

  /**
   * Makes room for what is at hand, as far as the bounds allow it. What a client declares is
   * believed only up to a point; beyond that room grows with what came.
   *
   * @param left how much is to come in all, or -1
   * @return whether there is any
   */
  private boolean makeRoom(int atHand, long left) {
    long needed = size() + (left < 0 ? atHand : Math.min(atHand, left));
    if (needed > kept.capacity() && kept.capacity() < maxBytes) {
      long doubled = Math.max(needed, size() * 2L);
      long declared = left < 0 ? doubled : size() + left;
      int length = (int) Math.min(maxBytes, Math.min(declared, Math.max(doubled, FIRST_BYTES_MAX)));
      if (budget.take(length - kept.capacity())) {
        kept = ByteBuffer.allocate(length).put(kept.flip());
      } else {
        lacksMemory = budget.couldHold(length);
      }
    }
    return kept.hasRemaining();
  }
}
