package ollama.gateway.jmh.sidebyside;

import java.util.Locale;

/**
 * A load.
 *
 * @param name short, for tables
 * @param unit what is counted: a request or a token
 * @param path what the clients ask for
 * @param clients how many there are
 * @param kind what they do
 */
record Scenario(String name, String unit, String path, int clients, Kind kind) {

  enum Kind {
    ASK,
    STREAM,
    IDLE
  }

  static final Scenario SMALL =
      new Scenario("small requests, 64 connections", "request", "/api/version", 64, Kind.ASK);
  static final Scenario STREAMS_200 =
      new Scenario("200 streams, 50 tokens/s", "token", "/stream/50", 200, Kind.STREAM);
  static final Scenario STREAMS_5000 =
      new Scenario("5,000 streams, 5 tokens/s", "token", "/stream/5", 5_000, Kind.STREAM);
  static final Scenario IDLE_10000 =
      new Scenario("10,000 idle connections", "connection", "/api/version", 10_000, Kind.IDLE);

  void startOn(Load load) {
    switch (kind) {
      case ASK -> load.askers(clients);
      case STREAM -> load.streamers(clients);
      case IDLE -> load.idlers(clients);
    }
  }

  String key() {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }
}
