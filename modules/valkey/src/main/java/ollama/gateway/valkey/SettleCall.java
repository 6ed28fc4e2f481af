package ollama.gateway.valkey;

import java.util.List;
import ollama.gateway.usage.PeriodTotals;
import redis.clients.jedis.Response;

/**
 * What is over of a key's requests.
 *
 * @param running how many don't run any more
 * @param reserved tokens that aren't reserved any more
 * @param usedHere what this gateway has counted for the key, with them; {@link PeriodTotals#NONE}
 *     if there is nothing new
 * @param tokens what they used
 */
record SettleCall(int running, long reserved, PeriodTotals usedHere, long tokens) {

  static Response<Object> write(Wire wire, Courier courier, String key, SettleCall call) {
    Names names = courier.names();
    return wire.call(
        Script.SETTLE,
        List.of(
            names.running(key),
            names.day(key, call.usedHere),
            names.month(key, call.usedHere),
            names.minute(key)),
        List.of(
            courier.replica(),
            Names.bytes(call.running),
            Names.bytes(call.reserved),
            Names.bytes(call.usedHere.inDay()),
            Names.bytes(call.usedHere.inMonth()),
            Names.bytes(call.tokens),
            courier.ledger()));
  }
}
