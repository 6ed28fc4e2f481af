package ollama.gateway.ollama;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the requests of a key may ask of a model.
 *
 * @param rules of each option one at most
 * @param mayReload whether they may say of the options that a model is loaded with what no rule is
 *     about
 */
public record OptionsPolicy(List<OptionRule> rules, boolean mayReload) {

  /** Anything. */
  public static final OptionsPolicy NONE = new OptionsPolicy(List.of(), true);

  /** Keeps the rules in the order of the options. */
  public OptionsPolicy {
    List<OptionRule> sorted = new ArrayList<>(rules);
    sorted.sort((a, b) -> a.option().compareTo(b.option()));
    rules = List.copyOf(sorted);
  }

  /** As settings have it: an object, empty where anything may be asked. */
  public String json() {
    Json object = Json.object();
    rules.forEach(rule -> object.putRaw(rule.option().label(), rule.json()));
    return (mayReload ? object : object.put("reload", false)).toString();
  }

  /** Whether anything may be asked. */
  public boolean isNone() {
    return mayReload && rules.isEmpty();
  }

  /** Whether bodies of a route have to be read for it, and may be changed. */
  public boolean concerns(Route route) {
    if (isNone()) {
      return false;
    }
    OptionForm form = OptionForm.of(route);
    for (OptionRule rule : rules) {
      if (form.carries(rule.option())) {
        return true;
      }
    }
    return !mayReload && form.carries(ModelOption.NUM_CTX);
  }

  /** The rule of an option. */
  Optional<OptionRule> rule(ModelOption option) {
    for (OptionRule rule : rules) {
      if (rule.option() == option) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }

  /** Whether it has anything to say of an option. */
  boolean isAbout(ModelOption option) {
    return forbids(option) || rule(option).isPresent();
  }

  /** Whether no request may say anything of an option. */
  boolean forbids(ModelOption option) {
    return !mayReload
        && option.isOfLoading()
        && rule(option).filter(OptionRule::isBinding).isEmpty();
  }
}
