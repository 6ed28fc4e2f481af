package ollama.gateway.balancer.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class PromptIndexTest {
  private final PromptIndex index = new PromptIndex(100, Long.MAX_VALUE);

  @Test
  void theLongestKnownBeginningCounts() {
    index.add(chain(1, 2, 3));

    assertEquals(30, index.cachedTokens(chain(1, 2, 3, 4)));
    assertEquals(20, index.cachedTokens(chain(1, 2, 9, 3)));
    assertEquals(0, index.cachedTokens(chain(9, 8, 7)));
    assertEquals(0, index.cachedTokens(Chain.NONE));
  }

  @Test
  void itKeepsNoMoreLinksThanItMay() {
    for (int i = 0; i < 1_000; i++) {
      index.add(chain(i, i + 5_000));
    }
    assertEquals(100, index.size());
    assertEquals(20, index.cachedTokens(chain(999, 5_999)));
    assertEquals(0, index.cachedTokens(chain(0, 5_000)));
  }

  @Test
  void whatIsSharedWithALaterPromptOutlivesTheEarlierOne() {
    PromptIndex small = new PromptIndex(3, Long.MAX_VALUE);
    small.add(chain(1, 2));
    small.add(chain(1, 3));
    small.add(chain(1, 4));

    assertEquals(10, small.cachedTokens(chain(1, 2)));
    assertEquals(20, small.cachedTokens(chain(1, 4)));
  }

  @Test
  void aBoundOfTokensDropsWholePrompts() {
    PromptIndex small = new PromptIndex(100, 50);
    small.add(chain(1, 2, 3));
    small.add(chain(4, 5, 6));

    assertEquals(0, small.cachedTokens(chain(1, 2, 3)));
    assertEquals(30, small.cachedTokens(chain(4, 5, 6)));
  }

  @Test
  void aMissTeachesHowMuchTheServerKeeps() {
    index.add(chain(1, 2));
    index.add(chain(3, 4));
    index.add(chain(5, 6));

    index.forget(chain(1, 2), 0);
    index.add(chain(1, 2));
    index.add(chain(7, 8));
    index.add(chain(9, 10));

    assertEquals(0, index.cachedTokens(chain(1, 2)));
    assertEquals(20, index.cachedTokens(chain(9, 10)));
  }

  /** Ten tokens a part. */
  private static Chain chain(long... hashes) {
    int[] tokens = new int[hashes.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = 10 * (i + 1);
    }
    return new Chain(hashes, tokens);
  }
}
