package ollama.gateway.jmh.sidebyside;

import java.util.List;
import java.util.Locale;

/**
 * A load.
 *
 * @param word what it is chosen by
 * @param name short, for tables
 * @param unit what is counted: a request, a token or a MiB
 * @param path what the clients ask for
 * @param clients how many there are
 * @param kind what they do
 */
record Scenario(String word, String name, String unit, String path, int clients, Kind kind) {

  enum Kind {
    ASK,
    STREAM,
    DOWNLOAD,
    UPLOAD,
    IDLE,
    HANDSHAKE,
    RESUME
  }

  static final Scenario SMALL =
      new Scenario(
          "small", "small requests, 64 connections", "request", "/api/version", 64, Kind.ASK);
  static final Scenario ONE =
      new Scenario("one", "small requests, one connection", "request", "/api/version", 1, Kind.ASK);
  static final Scenario STREAMS_200 =
      new Scenario("200", "200 streams, 50 tokens/s", "token", "/stream/50", 200, Kind.STREAM);
  static final Scenario STREAMS_3000 =
      new Scenario("3000", "3,000 streams, 5 tokens/s", "token", "/stream/5", 3_000, Kind.STREAM);
  static final Scenario STREAMS_5000 =
      new Scenario("5000", "5,000 streams, 5 tokens/s", "token", "/stream/5", 5_000, Kind.STREAM);
  static final Scenario CHAT =
      new Scenario("chat", "200 chats, 50 tokens/s", "token", FakeOllama.CHAT, 200, Kind.STREAM);
  static final Scenario LARGE =
      new Scenario(
          "large",
          "answers of 1 GiB, one after another",
          "MiB",
          FakeOllama.LARGE + (1L << 30),
          1,
          Kind.DOWNLOAD);
  static final Scenario UPLOAD =
      new Scenario(
          "upload",
          "uploads of 1 GiB, one after another",
          "MiB",
          FakeOllama.BLOBS + "sha256:" + "0".repeat(64),
          1,
          Kind.UPLOAD);
  static final Scenario IDLE_10000 =
      new Scenario(
          "idle", "10,000 idle connections", "connection", "/api/version", 10_000, Kind.IDLE);

  static final Scenario HANDSHAKES =
      new Scenario(
          "handshakes",
          "new handshakes and a request, 8 clients",
          "connection",
          "/api/version",
          8,
          Kind.HANDSHAKE);
  static final Scenario RESUMED =
      new Scenario(
          "resumed",
          "resumed handshakes and a request, 8 clients",
          "connection",
          "/api/version",
          8,
          Kind.RESUME);

  /**
   * In the order in which they are measured: the first is the only one for a gateway with a log,
   * and leaves when it is done.
   */
  static final List<Scenario> ALL =
      List.of(
          SMALL,
          ONE,
          STREAMS_200,
          STREAMS_3000,
          STREAMS_5000,
          CHAT,
          LARGE,
          UPLOAD,
          IDLE_10000,
          HANDSHAKES,
          RESUMED);

  /** Whether bodies are large. */
  boolean large() {
    return kind == Kind.DOWNLOAD || kind == Kind.UPLOAD;
  }

  /** Whether each request has a connection of its own. */
  boolean handshakes() {
    return kind == Kind.HANDSHAKE || kind == Kind.RESUME;
  }

  /** What does for all of a kind before anything is measured. */
  Scenario warmUp() {
    return switch (kind) {
      case ASK -> SMALL;
      case STREAM -> STREAMS_200;
      case DOWNLOAD, UPLOAD, IDLE, HANDSHAKE, RESUME -> this;
    };
  }

  /** Adds so many of the clients. */
  void startOn(Load load, int count) {
    switch (kind) {
      case ASK -> load.askers(count);
      case STREAM -> load.streamers(count);
      case DOWNLOAD -> load.downloaders(count);
      case UPLOAD -> load.uploaders(count);
      case IDLE -> load.idlers(count);
      case HANDSHAKE -> load.comers(count, false);
      case RESUME -> load.comers(count, true);
    }
  }

  String key() {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }
}
