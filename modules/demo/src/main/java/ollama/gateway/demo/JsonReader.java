package ollama.gateway.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Reads request bodies, with Ollama's words for those that can't be read. */
final class JsonReader {

  private static final int DEPTH_MAX = 100;
  private static final int POOLED_MAX = 16;

  // The default pool is per thread, and each connection has a thread of its own.
  private final JsonFactory factory =
      JsonFactory.builder()
          .recyclerPool(JsonRecyclerPools.newBoundedPool(POOLED_MAX))
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
          .build();

  /**
   * The request that {@code body} holds; what follows its first value isn't looked at.
   *
   * @param noBody what to say when there is nothing at all
   */
  RequestJson read(byte[] body, String noBody) throws RefusedException {
    try (JsonParser parser = factory.createParser(body)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw RefusedException.malformed(noBody);
      }
      if (first != JsonToken.START_OBJECT) {
        throw RefusedException.malformed("the body must be a JSON object");
      }
      return new RequestJson(parser);
    } catch (JsonEOFException e) {
      throw RefusedException.malformed("unexpected EOF");
    } catch (JsonProcessingException e) {
      throw RefusedException.malformed("invalid JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("reading an array can't fail", e);
    }
  }
}
