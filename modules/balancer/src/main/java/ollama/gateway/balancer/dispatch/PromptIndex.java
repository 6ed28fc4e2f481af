package ollama.gateway.balancer.dispatch;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which prompts a server has computed for a model and still holds, as far as can be told: the links
 * of their {@link Chain}s, least recently used ones forgotten first. Of a chain, the last links are
 * forgotten first, so what is left is always a beginning. For one thread at a time.
 */
public final class PromptIndex {
  private static final int MANY = 16;

  private final int maxLinks;

  /** A bound that was learned grows by this share with each prompt, in case there is more now. */
  private static final long GROWTH = 4_096;

  /** A link's own tokens, without those before it, and with which prompt it was last used. */
  private record Link(int tokens, long prompt) {}

  private final LinkedHashMap<Long, Link> links = new LinkedHashMap<>(MANY, 0.75f, true);
  private long maxTokens;
  private long tokens;
  private long prompts;

  /**
   * An empty index.
   *
   * @param maxLinks how many links it keeps, 1 or more
   * @param maxTokens how many tokens the server keeps, {@link Long#MAX_VALUE} if unknown
   */
  public PromptIndex(int maxLinks, long maxTokens) {
    this.maxLinks = maxLinks;
    this.maxTokens = maxTokens;
  }

  /**
   * How much of a prompt is there.
   *
   * @param chain the prompt
   * @return the tokens of its longest beginning that is known here; 0 if none is
   */
  public int cachedTokens(Chain chain) {
    int known = knownLinks(chain);
    return known == 0 ? 0 : chain.tokens(known - 1);
  }

  /**
   * Remembers that a prompt was computed there just now.
   *
   * @param chain the prompt, best with its answer
   */
  public void add(Chain chain) {
    prompts++;
    for (int i = chain.length() - 1; i >= 0; i--) {
      int own = chain.tokens(i) - (i == 0 ? 0 : chain.tokens(i - 1));
      tokens += own - tokens(links.put(chain.hash(i), new Link(own, prompts)));
    }
    maxTokens += maxTokens == Long.MAX_VALUE ? 0 : maxTokens / GROWTH;
    while (links.size() > maxLinks || (tokens > maxTokens && eldest().prompt != prompts)) {
      dropEldest();
    }
  }

  /** The whole prompt, as servers do; what a later one shares with it stays. */
  private void dropEldest() {
    long prompt = eldest().prompt;
    Iterator<Map.Entry<Long, Link>> oldest = links.entrySet().iterator();
    Link next = oldest.next().getValue();
    while (next.prompt == prompt) {
      tokens -= next.tokens;
      oldest.remove();
      if (!oldest.hasNext()) {
        return;
      }
      next = oldest.next().getValue();
    }
  }

  private Link eldest() {
    return links.firstEntry().getValue();
  }

  private static int tokens(@Nullable Link link) {
    return link == null ? 0 : link.tokens;
  }

  /**
   * Forgets what turned out not to be there, and learns from it that the server keeps less than
   * what it has computed since.
   *
   * @param chain the prompt that had to be computed
   * @param cachedTokens how much of it was there
   */
  public void forget(Chain chain, int cachedTokens) {
    int known = knownLinks(chain);
    if (known > 0) {
      maxTokens = Math.min(maxTokens, tokens - olderThan(chain.hash(known - 1)) - 1);
    }
    for (int i = known - 1; i >= 0 && chain.tokens(i) > cachedTokens; i--) {
      tokens -= tokens(links.remove(chain.hash(i)));
    }
  }

  private long olderThan(long hash) {
    long sum = 0;
    for (Map.Entry<Long, Link> each : links.entrySet()) {
      if (each.getKey() == hash) {
        break;
      }
      sum += each.getValue().tokens;
    }
    return sum;
  }

  /** Forgets everything: the model was unloaded. */
  public void clear() {
    links.clear();
    tokens = 0;
  }

  /** How large all that is, in tokens. */
  int heldTokens() {
    return (int) Math.min(tokens, Integer.MAX_VALUE);
  }

  /**
   * How much it remembers.
   *
   * @return links, at most as many as it was made for
   */
  public int size() {
    return links.size();
  }

  /** By halves, which is right because whatever is known has all its beginnings known. */
  private int knownLinks(Chain chain) {
    int known = 0;
    int unknown = chain.length() + 1;
    while (unknown - known > 1) {
      int middle = (known + unknown) >>> 1;
      if (links.containsKey(chain.hash(middle - 1))) {
        known = middle;
      } else {
        unknown = middle;
      }
    }
    return known;
  }
}
