package ollama.gateway.proxy;

import java.io.IOException;

/** What admin keys may do. These calls touch files, so the gateway never makes them on a loop. */
public interface Admin {

  /**
   * Reads the settings anew and puts them in force.
   *
   * @throws IOException when that isn't possible; its message says why, and the old ones stay
   */
  void reload() throws IOException;

  /**
   * Mints a key, writes it to the settings' file and puts it in force.
   *
   * @return the key
   * @throws IOException when that isn't possible; its message says why, and no key was minted
   */
  String newKey() throws IOException;
}
