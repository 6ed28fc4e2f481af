package ollama.gateway.config;

import java.util.AbstractList;
import java.util.RandomAccess;
import java.util.function.IntFunction;

/**
 * The items of a list of which only the places are kept: each is parsed anew whenever it is asked
 * for. The trees of 100,000 keys together took longer to move around in the heap than to make
 * twice.
 */
final class PlacedItems extends AbstractList<Json> implements RandomAccess {
  private final Places places;
  private final IntFunction<Json> parse;

  /**
   * A list.
   *
   * @param places where its items stand
   * @param parse parses what starts at an offset, which has been found to be JSON
   */
  PlacedItems(Places places, IntFunction<Json> parse) {
    this.places = places;
    this.parse = parse;
  }

  Places places() {
    return places;
  }

  @Override
  public Json get(int index) {
    return parse.apply(places.start(index));
  }

  @Override
  public int size() {
    return places.size();
  }
}
