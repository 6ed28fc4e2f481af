package ollama.gateway.valkey;

import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** Calls of several parts, each for a name of its own. */
final class Parts {

  private Parts() {}

  /**
   * Takes all answers. Where one is refused for its name's sake, that is no trouble for the others,
   * and to tell it again is of no use.
   *
   * @param answers by what each is for
   * @param isOver told of each that is to be asked no more
   * @throws JedisDataException if one was refused
   */
  static <K> void take(Map<K, Response<Object>> answers, Consumer<K> isOver) {
    @Nullable JedisDataException refused = null;
    for (Map.Entry<K, Response<Object>> each : answers.entrySet()) {
      try {
        Object _ = each.getValue().get();
      } catch (JedisDataException e) {
        if (e instanceof JedisNoScriptException || Reason.isOfStore(e)) {
          throw e;
        }
        refused = e;
      }
      isOver.accept(each.getKey());
    }
    if (refused != null) {
      throw refused;
    }
  }
}
