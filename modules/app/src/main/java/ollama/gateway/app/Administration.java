package ollama.gateway.app;

import java.io.IOException;
import java.util.List;
import java.util.StringJoiner;
import ollama.gateway.config.ConfigDifference;
import ollama.gateway.config.ConfigException;
import ollama.gateway.config.ConfigProblem;
import ollama.gateway.config.ConfigView;
import ollama.gateway.proxy.Admin;
import ollama.gateway.proxy.AdminException;

/** What administrators ask of a running gateway; one thing at a time. */
final class Administration implements Admin {

  private static final System.Logger LOG = System.getLogger(Administration.class.getName());

  /** What a client hears of a file that can be neither read nor written. */
  private static final String UNUSABLE =
      "the settings file can't be used as it is; the log says why";

  private final SettingsHolder holder;
  private final Reloaded reloaded;

  /** Is told what came of each reload, and of each change of keys. */
  interface Reloaded {
    /** Other settings may be in force now. */
    void done();

    /** The settings in force stay. */
    void failed();

    /** There are other keys now, and nothing else has changed. */
    void keysChanged();
  }

  Administration(SettingsHolder holder, Reloaded reloaded) {
    this.holder = holder;
    this.reloaded = reloaded;
  }

  @Override
  public synchronized void reload() throws AdminException {
    try {
      holder.reload();
    } catch (ConfigException e) {
      reloaded.failed();
      throw new AdminException(
          "the settings weren't reloaded, the old ones stay: " + e.getMessage(),
          forClient(e.problems()),
          e);
    }
    reloaded.done();
    KeyLog.warn(holder.settings().keys(), holder.file(), holder.config().watchConfig());
    LOG.log(System.Logger.Level.INFO, "the settings were reloaded");
  }

  @Override
  public synchronized List<ConfigDifference> reloadAndCompare() throws AdminException {
    String before = ConfigView.json(holder.config());
    reload();
    try {
      return ConfigDifference.of(before, holder.written());
    } catch (ConfigException e) {
      throw new IllegalStateException("the gateway's own settings aren't JSON", e);
    }
  }

  @Override
  public String newKey() throws AdminException {
    return newKey("").key();
  }

  @Override
  public synchronized MintedKey newKey(String name) throws AdminException {
    MintedKey minted;
    try {
      minted = holder.newKey(name);
    } catch (IllegalArgumentException e) {
      throw AdminException.refused(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw failed(e);
    }
    reloaded.keysChanged();
    LOG.log(System.Logger.Level.INFO, "a key was minted");
    return minted;
  }

  @Override
  public synchronized void switchKey(String name, boolean on) throws AdminException {
    try {
      holder.switchKey(name, on);
    } catch (KeyRefusedException e) {
      throw AdminException.refused(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw failed(e);
    }
    reloaded.keysChanged();
    LOG.log(System.Logger.Level.INFO, "the key " + name + " was " + (on ? "enabled" : "disabled"));
  }

  private static AdminException failed(IOException e) {
    List<ConfigProblem> problems =
        e.getCause() instanceof ConfigException broken ? broken.problems() : List.of();
    return new AdminException(String.valueOf(e.getMessage()), forClient(problems), e);
  }

  /** What is wrong in the settings' file; nothing of the file itself, its place and its owner. */
  private static String forClient(List<ConfigProblem> problems) {
    StringJoiner told = new StringJoiner("; ");
    for (ConfigProblem problem : problems) {
      if (problem.line() == 0) {
        return UNUSABLE;
      }
      told.add(problem.format());
    }
    return problems.isEmpty() ? UNUSABLE : told.toString();
  }
}
