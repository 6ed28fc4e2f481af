package ollama.gateway.proxy;

import java.util.List;
import ollama.gateway.config.ConfigDifference;

/** What admin keys may do. These calls touch files, so the gateway never makes them on a loop. */
public interface Admin {

  /**
   * Reads the settings anew and puts them in force.
   *
   * @throws AdminException when that isn't possible; the old ones stay
   */
  void reload() throws AdminException;

  /**
   * The same, for somebody who wants to know what came of it.
   *
   * @return what the file says otherwise than what was in force before; what only a restart changes
   *     isn't in force
   * @throws AdminException as above
   */
  List<ConfigDifference> reloadAndCompare() throws AdminException;

  /**
   * Mints a key, writes it to the settings' file and puts it in force.
   *
   * @return the key
   * @throws AdminException when that isn't possible; no key was minted
   */
  String newKey() throws AdminException;

  /**
   * The same for a key with a name.
   *
   * @param name that no other key has; empty for the next number
   * @throws AdminException as above
   */
  MintedKey newKey(String name) throws AdminException;

  /**
   * A key, which nobody is told again.
   *
   * @param name of its entry
   * @param key itself
   */
  record MintedKey(String name, String key) {}

  /**
   * Lets a key in again, or no more, in the settings' file and in force.
   *
   * @param name of its entry
   * @param on whether it is let in
   * @throws AdminException when that isn't possible, or nobody could administer then; nothing has
   *     changed
   */
  void switchKey(String name, boolean on) throws AdminException;
}
