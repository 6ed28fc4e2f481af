package ollama.gateway.ollama;

import java.util.Arrays;

/**
 * Gathers what a model is to read. Each part may stand anywhere in the body, and may stand there
 * again, with which the earlier one is void.
 */
final class PromptReader {
  private static final byte[] DATA_URL = {'d', 'a', 't', 'a', ':'};
  private static final int FIRST_LINKS = 8;

  private final JsonReader reader;
  private final byte[] bytes;
  private final int end;
  private final Hash64 hashes;

  private long toolsHash;
  private long toolsBytes;
  private long leadHash;
  private long leadBytes;
  private long besidesBytes;
  private boolean hasBesides;

  private long[] turnHashes = new long[FIRST_LINKS];
  private long[] turnBytes = new long[FIRST_LINKS];
  private int turns;
  private long turnsBytes;
  private boolean hasTurns;

  /** Of the value that was walked last. */
  private long hash;

  private long size;

  PromptReader(JsonReader reader, byte[] bytes, int end) {
    this.reader = reader;
    this.bytes = bytes;
    this.end = end;
    hashes = new Hash64(bytes);
  }

  /** Reads the value behind a name: tools. */
  void tools() {
    boolean any = walk();
    toolsHash = any ? hash : 0;
    toolsBytes = any ? size : 0;
  }

  /** Reads the value behind a name: what stands before all messages. */
  void lead() {
    boolean any = walk();
    leadHash = any ? hash : 0;
    leadBytes = any ? size : 0;
  }

  /** Reads the value behind a name: what counts, and of which nothing is kept for a next turn. */
  void besides(boolean isInput) {
    boolean any = walk();
    besidesBytes = any ? size : 0;
    hasBesides = any && isInput;
  }

  /** Reads the value behind a name: a list of messages, or the text of one. */
  void messages() {
    reader.next();
    clearTurns();
    if (reader.token() != JsonReader.Token.BEGIN_ARRAY) {
      if (walk()) {
        turn(hash, size);
      } else {
        turnsBytes = size;
      }
      return;
    }
    while (reader.next() != JsonReader.Token.END_ARRAY && !reader.isStopped()) {
      boolean any = walk();
      if (reader.isStopped()) {
        turnsBytes += size;
        hasTurns = true;
        return;
      }
      turn(any ? hash : 0, size);
    }
  }

  /** Reads the value behind a name: a prompt without messages. */
  void prompt() {
    int name = reader.tokenStart();
    JsonReader.Token token = reader.next();
    boolean cut = token == JsonReader.Token.TRUNCATED;
    if (token == JsonReader.Token.NULL || (cut && !isInString(name))) {
      return;
    }
    clearTurns();
    if (!cut && token != JsonReader.Token.STRING) {
      besides(true);
      return;
    }
    int from = reader.tokenStart() + 1;
    int to = cut ? end : reader.tokenEnd() - 1;
    for (int at = from; at + PromptChain.BLOCK_BYTES <= to; at += PromptChain.BLOCK_BYTES) {
      turn(hashes.add(Hash64.SEED, at, at + PromptChain.BLOCK_BYTES), PromptChain.BLOCK_BYTES);
    }
    hasTurns = to > from;
    turnsBytes = Math.max(0, to - from);
  }

  /** What has been gathered. */
  Prompt prompts() {
    int lead = leadBytes > 0 ? 1 : 0;
    int links = Math.min(turns + lead, PromptChain.LINKS_MAX);
    long[] chain = new long[links];
    long[] sums = new long[links];
    long chained = toolsBytes > 0 ? Hash64.add(Hash64.SEED, toolsHash) : Hash64.SEED;
    long sum = toolsBytes;
    for (int i = 0; i < links; i++) {
      boolean isLead = i < lead;
      chained = Hash64.add(chained, isLead ? leadHash : turnHashes[i - lead]);
      sum += isLead ? leadBytes : turnBytes[i - lead];
      chain[i] = chained;
      sums[i] = sum;
    }
    return new Prompt(
        !hasTurns && !hasBesides,
        toolsBytes + leadBytes + turnsBytes + besidesBytes,
        links == 0 ? PromptChain.EMPTY : new PromptChain(chain, sums));
  }

  private void clearTurns() {
    turns = 0;
    turnsBytes = 0;
    hasTurns = false;
  }

  private void turn(long turnHash, long turnSize) {
    hasTurns = true;
    turnsBytes += turnSize;
    if (turns == PromptChain.LINKS_MAX) {
      return;
    }
    if (turns == turnHashes.length) {
      turnHashes = Arrays.copyOf(turnHashes, turns * 2);
      turnBytes = Arrays.copyOf(turnBytes, turns * 2);
    }
    turnHashes[turns] = turnHash;
    turnBytes[turns] = turnSize;
    turns++;
  }

  /**
   * Reads a value to its end, and makes its hash and size.
   *
   * @return whether it is whole, and neither null nor empty
   */
  private boolean walk() {
    int taken = reader.tokenStart();
    JsonReader.Token token =
        reader.token() == JsonReader.Token.NAME ? reader.next() : reader.token();
    boolean opens = token == JsonReader.Token.BEGIN_ARRAY || token == JsonReader.Token.BEGIN_OBJECT;
    int outside = opens ? reader.depth() - 1 : reader.depth();
    boolean any = token != JsonReader.Token.NULL;
    int first = reader.tokenStart();
    boolean media = false;
    // What is read as text is no picture, whatever it begins with.
    boolean text = true;
    hash = Hash64.SEED;
    size = 0;
    while (!reader.isStopped()) {
      if (token == JsonReader.Token.NAME) {
        if (reader.is("cache_control")) {
          reader.skipValue();
          token = reader.next();
          continue;
        }
        media = reader.is("images") || reader.is("data");
        text = reader.isLike("content") || reader.isLike("text");
      } else if (token == JsonReader.Token.END_OBJECT) {
        media = false;
        text = false;
      }
      take(token, media, text);
      taken = reader.tokenStart();
      if (reader.depth() == outside) {
        return any && reader.tokenEnd() - first > 2;
      }
      token = reader.next();
    }
    if (token == JsonReader.Token.TRUNCATED && isInString(taken)) {
      int from = reader.tokenStart();
      size += isMedia(media, text, from, end) ? 0L : end - from;
    }
    return false;
  }

  /** Whether the bytes end in a string that begins behind this offset. */
  private boolean isInString(int behind) {
    return reader.tokenStart() > behind && bytes[reader.tokenStart()] == '"';
  }

  private boolean isMedia(boolean media, boolean text, int from, int to) {
    return media || (!text && isDataUrl(from, to));
  }

  private void take(JsonReader.Token token, boolean media, boolean text) {
    int from = reader.tokenStart();
    int to = reader.tokenEnd();
    if (token == JsonReader.Token.NAME) {
      hash = Hash64.add(hash, ':');
    }
    // A token of which no other begins with the same byte is its first byte.
    boolean varies =
        token == JsonReader.Token.NAME
            || token == JsonReader.Token.STRING
            || token == JsonReader.Token.NUMBER;
    hash = varies ? hashes.add(hash, from, to) : Hash64.add(hash, bytes[from]);
    boolean counts = token != JsonReader.Token.STRING || !isMedia(media, text, from, to);
    size += counts ? to - from : 0;
  }

  private boolean isDataUrl(int from, int to) {
    int content = from + 1;
    return to - content > DATA_URL.length
        && Arrays.equals(bytes, content, content + DATA_URL.length, DATA_URL, 0, DATA_URL.length);
  }
}
