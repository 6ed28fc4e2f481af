package ollama.gateway.valkey;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import ollama.gateway.shared.Demand;
import ollama.gateway.shared.SharedState.Table;
import ollama.gateway.usage.PeriodTotals;

/** What is kept in the store is called so. */
final class Names {
  private final String prefix;
  private final byte[] replicas;
  private final byte[] news;
  private final byte[] versions;
  private final byte[] ledgers;

  Names(String prefix) {
    this.prefix = prefix;
    this.replicas = name("replicas");
    this.news = name("news");
    this.versions = name("versions");
    this.ledgers = name("ledgers");
  }

  /** Gateways, by when their leases end. */
  byte[] replicas() {
    return replicas;
  }

  /** What gateways tell each other, the latest of it. */
  byte[] news() {
    return news;
  }

  /** When each table was changed, which is another number each time. */
  byte[] versions() {
    return versions;
  }

  byte[] table(Table table) {
    return name(label(table));
  }

  static String label(Table table) {
    return switch (table) {
      case KEYS -> "keys";
      case DRAINS -> "drains";
    };
  }

  /** When a client's requests came, in a window of that length: another one is counted apart. */
  byte[] rate(Demand.Rate rate) {
    return name("rate:" + rate.windowSeconds() + ":" + rate.who());
  }

  /** What runs of a key on each gateway. */
  byte[] running(String key) {
    return name("running:" + key);
  }

  /** Which gateway may use how many slots of a server for a model. */
  byte[] slots(String server, String model) {
    return name("slots:" + server + ":" + model);
  }

  /** Which gateway has a server load which model. */
  byte[] load(String server) {
    return name("loading:" + server);
  }

  /** What a key has used in a day. */
  byte[] day(String key, PeriodTotals when) {
    return name("day:" + when.day() + ":" + key);
  }

  /** What a key has used in a month. */
  byte[] month(String key, PeriodTotals when) {
    return name("month:" + when.month() + ":" + key);
  }

  /** What a key has used in each second of the last minute. */
  byte[] minute(String key) {
    return name("minute:" + key);
  }

  /** Ledgers that have told what they have counted, by the last day on which they were there. */
  byte[] ledgers() {
    return ledgers;
  }

  /** Of which days a ledger has told something. */
  byte[] usageDays(byte[] ledger) {
    return joined(name("usage:"), ledger);
  }

  /** What a ledger has counted on a day of each key and model. */
  byte[] usage(byte[] ledger, int day) {
    return usage(ledger, bytes(day));
  }

  /** The same, with the day as {@link #usageDays} has it. */
  byte[] usage(byte[] ledger, byte[] day) {
    return joined(usageDays(ledger), bytes(":"), day);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private byte[] name(String rest) {
    return bytes(prefix + rest);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] bytes(long number) {
    return bytes(Long.toString(number));
  }
}
