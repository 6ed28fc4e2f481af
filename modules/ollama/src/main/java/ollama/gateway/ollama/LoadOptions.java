package ollama.gateway.ollama;

import java.util.OptionalInt;

/**
 * The options that a model is loaded with. A request with others than those it was loaded with
 * makes a server load it anew.
 *
 * @param fingerprint the same for the same of {@code num_ctx}, {@code num_batch}, {@code num_gpu},
 *     {@code main_gpu}, {@code use_mmap}, {@code num_thread} and {@code shift}, in every process;
 *     {@value #NO_FINGERPRINT} if none of them is there. It doesn't know a server's or a model's
 *     own values, so that a value said and the same one left out differ; but for a negative {@code
 *     num_gpu} and a {@code shift} that is true, which are as if they weren't there
 * @param numCtx the context's size in tokens, if it is there
 */
public record LoadOptions(long fingerprint, OptionalInt numCtx) {
  /** The fingerprint of no option. */
  public static final long NO_FINGERPRINT = 0;

  /** No option. */
  public static final LoadOptions NONE = new LoadOptions(NO_FINGERPRINT, OptionalInt.empty());
}
