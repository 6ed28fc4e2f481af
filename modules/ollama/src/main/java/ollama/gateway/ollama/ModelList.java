package ollama.gateway.ollama;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a server says of its models. What isn't there is empty or 0, what isn't known is passed
 * over, and so is a model of which the name is none.
 */
public final class ModelList {

  /**
   * A model that a server has.
   *
   * @param name of it
   * @param digest of its manifest, in hexadecimal digits
   * @param modifiedAt when it last changed on this server, as RFC 3339 has it
   * @param size in bytes
   * @param remote whether it runs at another host, on the account of the server's owner
   * @param json the whole entry as it stands in the answer
   */
  public record Installed(
      ModelName name, String digest, String modifiedAt, long size, boolean remote, String json) {}

  /**
   * A model that a server has loaded.
   *
   * @param name of it
   * @param digest of its manifest, in hexadecimal digits
   * @param contextLength the context it was loaded with, in tokens
   * @param expiresAt when it is to go, as RFC 3339 has it
   * @param size in bytes
   * @param sizeVram how many of them are in the memory of a graphics card
   */
  public record Loaded(
      ModelName name,
      String digest,
      long contextLength,
      String expiresAt,
      long size,
      long sizeVram) {}

  static final String MODELS = "models";

  private ModelList() {}

  /**
   * The models of an answer of {@code /api/tags}, in its order.
   *
   * @throws MalformedAnswerException if it is no JSON, or no such answer
   */
  public static List<Installed> installed(byte[] tags) throws MalformedAnswerException {
    List<Installed> models = new ArrayList<>();
    for (ListedModels.Entry entry : ListedModels.read(tags, MODELS)) {
      Optional<ModelName> name = ModelName.of(entry.name);
      if (name.isPresent()) {
        models.add(
            new Installed(
                name.get(), entry.digest, entry.time, entry.size, entry.remote, entry.json));
      }
    }
    return List.copyOf(models);
  }

  /**
   * The models of an answer of {@code /api/ps}, in its order.
   *
   * @throws MalformedAnswerException if it is no JSON, or no such answer
   */
  public static List<Loaded> loaded(byte[] ps) throws MalformedAnswerException {
    List<Loaded> models = new ArrayList<>();
    for (ListedModels.Entry entry : ListedModels.read(ps, MODELS)) {
      Optional<ModelName> name = ModelName.of(entry.name);
      if (name.isPresent()) {
        models.add(
            new Loaded(
                name.get(),
                entry.digest,
                entry.contextLength,
                entry.time,
                entry.size,
                entry.sizeVram));
      }
    }
    return List.copyOf(models);
  }
}
