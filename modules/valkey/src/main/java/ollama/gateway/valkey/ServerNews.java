package ollama.gateway.valkey;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import ollama.gateway.balancer.dispatch.Chain;
import ollama.gateway.balancer.dispatch.Line;
import ollama.gateway.balancer.dispatch.PlaceObserver;
import ollama.gateway.balancer.dispatch.Standing;
import org.jspecify.annotations.Nullable;

/**
 * What gateways tell each other of servers: what each has there, and where conversations are. For
 * the courier's thread, but for {@link #answered}.
 */
final class ServerNews implements PlaceObserver {
  static final String STANDINGS = "at";
  static final String PLACE = "place";
  static final String MISSED = "missed";

  /** Who came late has heard all after so many. */
  private static final int WHOLE_EVERY = 20;

  /** More standings than that, of all gateways, are told less often. */
  private static final int STANDINGS_A_BEAT = 4_000;

  private static final int PLACES_MAX = 1_024;

  /** Of a longer conversation it isn't worth it. */
  private static final int LINKS_MAX = 256;

  private static final int HEX = 16;

  private final Line line;
  private final Map<String, Told> told = new LinkedHashMap<>();
  private final Map<String, Map<String, Standing>> heard = new HashMap<>();
  private final ConcurrentLinkedQueue<String> places = new ConcurrentLinkedQueue<>();
  private final AtomicInteger placeCount = new AtomicInteger();
  private int beats;

  /** Whether there is nobody to be told. */
  private volatile boolean alone = true;

  /** What was told of a standing, and the same whatever its claim. */
  private record Told(String text, String claimless) {

    static Told of(Standing standing) {
      return new Told(StandingText.of(standing), StandingText.of(standing.claimless()));
    }

    boolean isNews(@Nullable Told before, boolean ofClaims) {
      return before == null
          || !claimless.equals(before.claimless)
          || (ofClaims && !text.equals(before.text));
    }
  }

  ServerNews(Line line) {
    this.line = line;
  }

  @Override
  public void answered(String server, String model, Chain chain, long session, int tokens) {
    add(PLACE, server, model, chain, Long.toHexString(session) + "\t" + tokens);
  }

  @Override
  public void missed(String server, String model, Chain prompt, int foundTokens) {
    add(MISSED, server, model, prompt, "0\t" + foundTokens);
  }

  private void add(String what, String server, String model, Chain chain, String more) {
    if (alone || chain.length() > LINKS_MAX || placeCount.get() >= PLACES_MAX) {
      return;
    }
    StringBuilder text = new StringBuilder(what);
    text.append('\t').append(server).append('\t').append(model).append('\t').append(more);
    for (int i = 0; i < chain.length(); i++) {
      text.append('\t').append(Long.toHexString(chain.hash(i))).append(':').append(chain.tokens(i));
    }
    int _ = placeCount.incrementAndGet();
    places.add(text.toString());
  }

  /**
   * What is new since it was told last.
   *
   * @param replicas how many gateways there are
   * @param isBeat whether it is time for what is told again and again
   */
  List<String> news(int replicas, boolean isBeat) {
    List<String> news = new ArrayList<>();
    alone = replicas == 1;
    for (String place = places.poll(); place != null; place = places.poll()) {
      int _ = placeCount.decrementAndGet();
      news.add(place);
    }
    if (replicas > 1 && isDue(replicas, isBeat)) {
      String changes = changes(isBeat, isBeat && beats % WHOLE_EVERY == 0);
      if (!changes.isEmpty()) {
        news.add(changes);
      }
    }
    beats += isBeat ? 1 : 0;
    return news;
  }

  /** It would be too much for the store and for everybody otherwise. */
  private boolean isDue(int replicas, boolean isBeat) {
    int every = 1 + told.size() * replicas / STANDINGS_A_BEAT;
    return isBeat ? beats % every == 0 : every == 1;
  }

  /** What it was told may be gone. */
  void tellAll() {
    told.clear();
  }

  /** How long somebody has waited is told with beats alone. */
  private String changes(boolean isBeat, boolean isWhole) {
    Map<String, Standing> now = new LinkedHashMap<>();
    for (Standing standing : line.standings(System.nanoTime())) {
      now.put(key(standing), standing);
    }
    StringBuilder text = new StringBuilder(STANDINGS).append(isWhole ? "\t*" : "\t+");
    int start = text.length();
    now.forEach(
        (key, standing) -> {
          Told tells = Told.of(standing);
          if (isWhole || tells.isNews(told.get(key), isBeat)) {
            text.append('\n').append(tells.text);
            told.put(key, tells);
          }
        });
    for (String key : List.copyOf(told.keySet())) {
      if (!now.containsKey(key)) {
        text.append(isWhole ? "" : "\n-\t" + key);
        told.remove(key);
      }
    }
    return text.length() == start && !isWhole ? "" : text.toString();
  }

  /** How it begins, and is called when it is no more. */
  private static String key(Standing standing) {
    return standing.where().server() + "\t" + standing.where().model();
  }

  /** Another gateway tells what it has. */
  void hearStandings(String replica, String text) {
    Map<String, Standing> of = heard.computeIfAbsent(replica, _ -> new LinkedHashMap<>());
    if (text.startsWith(STANDINGS + "\t*")) {
      of.clear();
    }
    text.lines()
        .skip(1)
        .forEach(
            one -> {
              Standing standing = StandingText.parse(one);
              if (standing != null) {
                of.put(key(standing), standing);
              } else if (one.startsWith("-\t")) {
                of.remove(one.substring(2));
              }
            });
    line.heard(replica, List.copyOf(of.values()), System.nanoTime());
  }

  /** Another gateway tells where a conversation is, or is no more. */
  void hearPlace(String text) {
    String[] words = text.split("\t", -1);
    int first = 5;
    if (words.length < first) {
      return;
    }
    long[] hashes = new long[words.length - first];
    int[] tokens = new int[hashes.length];
    try {
      for (int i = 0; i < hashes.length; i++) {
        String link = words[first + i];
        int colon = link.indexOf(':');
        hashes[i] = Long.parseUnsignedLong(link, 0, colon, HEX);
        tokens[i] = Integer.parseInt(link, colon + 1, link.length(), 10);
      }
      hearPlace(words, new Chain(hashes, tokens));
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      // Of a gateway that writes it otherwise.
    }
  }

  private void hearPlace(String[] words, Chain chain) {
    int tokens = Integer.parseInt(words[4]);
    long now = System.nanoTime();
    if (words[0].equals(MISSED)) {
      line.heardMiss(words[1], words[2], chain, tokens, now);
    } else {
      long session = Long.parseUnsignedLong(words[3], HEX);
      line.heardPlace(words[1], words[2], chain, session, tokens, now);
    }
  }

  /** These gateways are there, this one among them. */
  void alive(Set<String> replicas) {
    Set<String> gone = new HashSet<>(heard.keySet());
    gone.removeAll(replicas);
    for (String replica : gone) {
      heard.remove(replica);
      line.gone(replica, System.nanoTime());
    }
  }

  /** Nothing is heard of the others any more. */
  void alone() {
    alive(Set.of());
  }
}
