package ollama.gateway.auth;

import java.net.InetAddress;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import ollama.gateway.config.ApiKey;
import ollama.gateway.config.KeyRateLimitConfig;
import ollama.gateway.config.KeyTokensConfig;
import ollama.gateway.ollama.ModelName;
import ollama.gateway.ollama.ModelPattern;
import ollama.gateway.ollama.OptionsPolicy;
import ollama.gateway.ollama.RouteGroup;

/** Whom a key stands for, and what it may do. Immutable; equal to another of the same settings. */
public final class Principal {

  private final ApiKey key;
  private final Set<RouteGroup> groups;
  private final AddressRules addresses;
  private final Instant expires;

  /**
   * Whom this key stands for.
   *
   * @param key as the settings have it
   */
  public Principal(ApiKey key) {
    this.key = key;
    this.groups = groups(key);
    this.addresses =
        key.allowIps().isEmpty() ? AddressRules.ALL : new AddressRules(key.allowIps(), List.of());
    this.expires = key.expires().isEmpty() ? Instant.MAX : key.expiresAt();
  }

  private static Set<RouteGroup> groups(ApiKey key) {
    if (!key.endpoints().isEmpty()) {
      return EnumSet.copyOf(key.endpoints());
    }
    return key.admin()
        ? EnumSet.allOf(RouteGroup.class)
        : EnumSet.of(RouteGroup.INFERENCE, RouteGroup.READ);
  }

  /** The name of the key in the settings; safe to log and never the key itself. */
  public String name() {
    return key.name();
  }

  /** What stays when the name moves to another key: the key's digest. Not to be shown. */
  public String id() {
    return key.sha256();
  }

  /** Whether the key is marked admin; {@link KeyRing#mayAdminister} says what follows. */
  public boolean admin() {
    return key.admin();
  }

  /** How often it may be used, where it has a limit of its own. */
  public KeyRateLimitConfig rateLimit() {
    return key.rateLimit();
  }

  /** The class of its requests, as {@link ApiKey#priority} names it. */
  public String priority() {
    return key.priority();
  }

  /** How many of its requests may run at the same time; 0 for any number. */
  public int maxConcurrentRequests() {
    return key.maxConcurrentRequests();
  }

  /** How many tokens it may use. */
  public KeyTokensConfig tokens() {
    return key.tokens();
  }

  /** What its requests may ask of a model. */
  public OptionsPolicy options() {
    return key.options();
  }

  /** Whether the key is switched off. */
  public boolean disabled() {
    return key.disabled();
  }

  /** Whether the key's time is over at that instant. */
  public boolean isExpired(Instant now) {
    return !now.isBefore(expires);
  }

  /** Whether the key may be used from an address. */
  public boolean mayComeFrom(InetAddress client) {
    return addresses.allows(client);
  }

  /** Whether it may use the endpoints of a group. */
  public boolean mayUse(RouteGroup group) {
    return groups.contains(group);
  }

  /** Whether it may use every endpoint, those that nobody knows too. */
  public boolean mayUseAll() {
    return groups.size() == RouteGroup.values().length;
  }

  /** Whether it depends on the model what it may do. */
  public boolean isLimitedInModels() {
    return !key.models().isEmpty() || !mayUse(RouteGroup.CLOUD);
  }

  /** Whether it may use a model by this name, wherever that runs. */
  public boolean mayUse(ModelName model) {
    if (key.models().isEmpty()) {
      return true;
    }
    for (ModelPattern pattern : key.models()) {
      if (pattern.matches(model)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Principal principal && key.equals(principal.key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  @Override
  public String toString() {
    return name();
  }
}
