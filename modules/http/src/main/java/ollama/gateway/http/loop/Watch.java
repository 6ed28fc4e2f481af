package ollama.gateway.http.loop;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An eye on another connection while a thread waits for something else: on the client's, so that
 * one who leaves is noticed.
 */
public interface Watch {

  /** On nobody. */
  Watch NONE =
      new Watch() {
        @Override
        public @Nullable Connection watched() {
          return null;
        }

        @Override
        public void check() {}
      };

  /** Whose bytes or end also end a wait, asked before each; null for nobody's just now. */
  @Nullable Connection watched();

  /**
   * Looks whether to go on, after each wait. It must read what can be read of {@link #watched}, or
   * throw, else the next wait won't park.
   *
   * @throws IOException to give up, whatever is waited for
   */
  void check() throws IOException;
}
