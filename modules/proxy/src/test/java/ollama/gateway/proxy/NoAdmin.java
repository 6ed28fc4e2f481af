package ollama.gateway.proxy;

import java.util.List;
import ollama.gateway.config.ConfigDifference;

/** Does nothing of what it is asked for. */
class NoAdmin implements Admin {

  @Override
  public void reload() throws AdminException {}

  @Override
  public List<ConfigDifference> reloadAndCompare() throws AdminException {
    return List.of();
  }

  @Override
  public String newKey() throws AdminException {
    return "";
  }

  @Override
  public MintedKey newKey(String name) throws AdminException {
    return new MintedKey(name, "");
  }

  @Override
  public void switchKey(String name, boolean on) throws AdminException {}
}
