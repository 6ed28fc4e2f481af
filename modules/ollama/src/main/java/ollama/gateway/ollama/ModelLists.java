package ollama.gateway.ollama;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Predicate;

/**
 * Makes one answer of several servers' answers. Each entry stays as its server wrote it, with
 * whatever members it has; only which entries there are, and their order, is decided here.
 */
public final class ModelLists {

  /** An entry, by what it is compared, and what it is called besides; empty for nothing. */
  private record Dated(ListedModels.Entry entry, Instant time, String alias) {

    Dated(ListedModels.Entry entry) {
      this(entry, ModelLists.time(entry), "");
    }

    Dated called(String name) {
      return new Dated(entry, time, name);
    }
  }

  private ModelLists() {}

  /**
   * Answers of {@code /api/tags} as one: an entry for each name and digest, that of the server
   * where it changed last; what changed last stands first, as Ollama has it.
   *
   * @param aliases names that stand for models, each with these in their order: it has an entry
   *     which is that of the first that is there, and hides a model of the same name
   * @throws MalformedAnswerException if one is no JSON, or no such answer
   */
  public static byte[] mergeTags(List<byte[]> answers, Map<String, List<String>> aliases)
      throws MalformedAnswerException {
    return merged(answers, ModelList.MODELS, "{\"models\":[", Map.of(), aliases);
  }

  /**
   * Answers of {@code /api/ps} as one: an entry for each name and digest, that of the server which
   * keeps it longest; what is kept longest stands first, as Ollama has it.
   *
   * @throws MalformedAnswerException if one is no JSON, or no such answer
   */
  public static byte[] mergePs(List<byte[]> answers) throws MalformedAnswerException {
    return merged(answers, ModelList.MODELS, "{\"models\":[", Map.of(), Map.of());
  }

  /**
   * Answers of {@code /v1/models} as one: an entry for each model, that of the server where it was
   * created last; what was created last stands first, as Ollama has it.
   *
   * @param contexts how many tokens of context models are loaded with, by canonical name; put into
   *     the entries that don't say so themselves
   * @param aliases as for {@link #mergeTags}
   * @throws MalformedAnswerException if one is no JSON, or no such answer
   */
  public static byte[] mergeV1Models(
      List<byte[]> answers, Map<String, Integer> contexts, Map<String, List<String>> aliases)
      throws MalformedAnswerException {
    return merged(answers, "data", "{\"object\":\"list\",\"data\":[", contexts, aliases);
  }

  /**
   * An answer of {@code /api/tags} or {@code /api/ps} without some of its models.
   *
   * @param kept which ones stay, by the name in their entry
   * @throws MalformedAnswerException if it is no JSON, or no such answer
   */
  public static byte[] only(byte[] answer, Predicate<String> kept) throws MalformedAnswerException {
    return only(answer, kept, ModelList.MODELS, "{\"models\":[");
  }

  /**
   * The same of {@code /v1/models}.
   *
   * @param kept which ones stay, by the name in their entry
   * @throws MalformedAnswerException if it is no JSON, or no such answer
   */
  public static byte[] onlyV1Models(byte[] answer, Predicate<String> kept)
      throws MalformedAnswerException {
    return only(answer, kept, "data", "{\"object\":\"list\",\"data\":[");
  }

  private static byte[] only(byte[] answer, Predicate<String> kept, String member, String opening)
      throws MalformedAnswerException {
    StringJoiner json = new StringJoiner(",", opening, "]}");
    for (ListedModels.Entry entry : ListedModels.read(answer, member)) {
      if (kept.test(entry.name)) {
        json.add(entry.json);
      }
    }
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] merged(
      List<byte[]> answers,
      String member,
      String opening,
      Map<String, Integer> contexts,
      Map<String, List<String>> aliases)
      throws MalformedAnswerException {
    Map<String, Dated> newest = new LinkedHashMap<>();
    for (byte[] answer : answers) {
      for (ListedModels.Entry entry : ListedModels.read(answer, member)) {
        newest.merge(
            key(entry),
            new Dated(entry),
            (one, other) -> other.time().isAfter(one.time()) ? other : one);
      }
    }
    List<Dated> sorted = withAliases(newest.values(), aliases);
    sorted.sort(Comparator.comparing(Dated::time).reversed());
    StringBuilder json = new StringBuilder(opening);
    for (Dated dated : sorted) {
      String entry = json(dated.entry(), contexts);
      json.append(json.length() > opening.length() ? "," : "")
          .append(dated.alias().isEmpty() ? entry : ListedModels.renamed(entry, dated.alias()));
    }
    return json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Those, and behind each what it is called besides. */
  private static List<Dated> withAliases(
      Collection<Dated> entries, Map<String, List<String>> aliases) {
    List<Dated> all = new ArrayList<>(entries);
    Map<ModelName, Dated> first = new HashMap<>();
    for (Dated dated : entries) {
      ModelName.of(dated.entry().name).ifPresent(name -> first.putIfAbsent(name, dated));
    }
    aliases.forEach(
        (alias, models) -> {
          Optional<ModelName> name = ModelName.of(alias);
          Optional<Dated> shown =
              models.stream()
                  .flatMap(model -> ModelName.of(model).stream())
                  .flatMap(model -> Optional.ofNullable(first.get(model)).stream())
                  .findFirst();
          if (shown.isPresent()) {
            all.removeIf(dated -> dated.alias().isEmpty() && isNamed(dated.entry(), name));
            all.add(shown.get().called(alias));
          }
        });
    return all;
  }

  private static boolean isNamed(ListedModels.Entry entry, Optional<ModelName> name) {
    return name.isPresent() && ModelName.of(entry.name).equals(name);
  }

  private static String json(ListedModels.Entry entry, Map<String, Integer> contexts) {
    if (contexts.isEmpty() || entry.contextLength > 0) {
      return entry.json;
    }
    Optional<Integer> tokens = ModelName.of(entry.name).map(name -> contexts.get(name.toString()));
    return tokens.isEmpty()
        ? entry.json
        : entry.json.substring(0, entry.json.length() - 1)
            + ",\"context_length\":"
            + tokens.get()
            + "}";
  }

  /** What is one model; an entry whose name is none is itself alone. */
  private static String key(ListedModels.Entry entry) {
    Optional<ModelName> name = ModelName.of(entry.name);
    return name.isPresent() ? name.get() + "@" + entry.digest : entry.json;
  }

  private static Instant time(ListedModels.Entry entry) {
    if (entry.time.isEmpty()) {
      return Instant.ofEpochSecond(Math.clamp(entry.created, 0L, Instant.MAX.getEpochSecond()));
    }
    try {
      return Instant.parse(entry.time);
    } catch (DateTimeException _) {
      return Instant.MIN;
    }
  }
}
