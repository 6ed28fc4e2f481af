package ollama.gateway.proxy;

/** What admin keys may do. These calls touch files, so the gateway never makes them on a loop. */
public interface Admin {

  /**
   * Reads the settings anew and puts them in force.
   *
   * @throws AdminException when that isn't possible; the old ones stay
   */
  void reload() throws AdminException;

  /**
   * Mints a key, writes it to the settings' file and puts it in force.
   *
   * @return the key
   * @throws AdminException when that isn't possible; no key was minted
   */
  String newKey() throws AdminException;
}
