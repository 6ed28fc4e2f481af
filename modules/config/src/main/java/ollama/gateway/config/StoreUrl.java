package ollama.gateway.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where Valkey or Redis is: one server, or Sentinels that know which one it is now.
 *
 * @param hosts the server, or each Sentinel
 * @param master under which name Sentinels know the server; empty where it is named itself
 * @param user of its access list; empty for the one that it calls {@code default}
 * @param database 0 to 15
 * @param secured whether the scheme says that TLS is spoken
 */
public record StoreUrl(
    List<Host> hosts, Optional<String> master, String user, int database, boolean secured) {

  private static final int PORT = 6379;
  private static final int SENTINEL_PORT = 26_379;
  private static final int DATABASE_MAX = 15;
  private static final int HOSTS_MAX = 16;

  private static final Pattern URL =
      Pattern.compile("(valkey|redis)(s?)(-sentinel)?://([^/?#]*)(?:/([^/?#]*))?");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern DATABASE = Pattern.compile("1?[0-9]");

  /**
   * Somebody to connect to.
   *
   * @param host an IPv4 address, an IPv6 address without brackets, or a name
   * @param port 1 to 65535
   */
  public record Host(String host, int port) {
    /** As in a URL. */
    @Override
    public String toString() {
      return HostSyntax.bracketed(host) + ":" + port;
    }
  }

  /** Copies the list. */
  public StoreUrl {
    hosts = List.copyOf(hosts);
  }

  /**
   * Reads what the file has.
   *
   * @param text a URL
   * @return what it says
   * @throws IllegalArgumentException if it can't be understood; the message says what is wrong and
   *     never shows the text, which may hold a password
   */
  public static StoreUrl parse(String text) {
    Matcher url = URL.matcher(text);
    if (!url.matches()) {
      throw new IllegalArgumentException(
          "expected an address such as valkey://localhost:6379, valkeys://localhost:6379 for TLS,"
              + " or valkey-sentinel://one,two/name");
    }
    boolean bySentinel = url.group(3) != null;
    String authority = url.group(4);
    String path = Optional.ofNullable(url.group(5)).orElse("");
    int at = authority.lastIndexOf('@');
    String user = at < 0 ? "" : authority.substring(0, at);
    if (user.indexOf(':') >= 0) {
      throw new IllegalArgumentException("a password stands in shared.password, not in the URL");
    }
    if (!user.isEmpty() && !NAME.matcher(user).matches()) {
      throw new IllegalArgumentException("the user isn't 1 to 64 of A-Z a-z 0-9 . _ -");
    }
    List<Host> hosts = hosts(authority.substring(at + 1), bySentinel ? SENTINEL_PORT : PORT);
    if (hosts.size() > 1 && !bySentinel) {
      throw new IllegalArgumentException(
          "one server stands here; several Sentinels stand as in"
              + " valkey-sentinel://one,two,three/name");
    }
    return new StoreUrl(
        hosts,
        bySentinel ? Optional.of(master(path)) : Optional.empty(),
        user,
        bySentinel ? 0 : database(path),
        !url.group(2).isEmpty());
  }

  private static List<Host> hosts(String list, int usualPort) {
    List<Host> hosts = new ArrayList<>();
    for (String text : list.split(",", -1)) {
      hosts.add(host(text, usualPort));
    }
    if (hosts.size() > HOSTS_MAX) {
      throw new IllegalArgumentException("more than " + HOSTS_MAX + " hosts");
    }
    return hosts;
  }

  private static Host host(String text, int usualPort) {
    int end = text.startsWith("[") ? text.indexOf(']') : -1;
    int colon = text.indexOf(':', Math.max(0, end));
    String name = colon < 0 ? text : text.substring(0, colon);
    if (end > 0 && name.endsWith("]")) {
      name = name.substring(1, name.length() - 1);
    }
    boolean isAddress = end > 0 ? HostSyntax.isIpv6(name) : HostSyntax.isNameOrIpv4(name);
    if (!isAddress) {
      throw new IllegalArgumentException(
          "expected a host and maybe a colon and a port, such as valkey://localhost:6379, or"
              + " valkey://[::1]:6379");
    }
    int port = colon < 0 ? usualPort : HostSyntax.port(text.substring(colon + 1), 1);
    return new Host(name.toLowerCase(Locale.ROOT), port);
  }

  private static String master(String path) {
    if (!NAME.matcher(path).matches()) {
      throw new IllegalArgumentException(
          "behind the Sentinels stands the name that they know the server by, such as"
              + " valkey-sentinel://one,two/mymaster");
    }
    return path;
  }

  private static int database(String path) {
    if (path.isEmpty()) {
      return 0;
    }
    int number = DATABASE.matcher(path).matches() ? Integer.parseInt(path) : -1;
    if (number < 0 || number > DATABASE_MAX) {
      throw new IllegalArgumentException(
          "what stands behind the host is the number of a database, 0 to 15");
    }
    return number;
  }

  /** For the log: no user. */
  @Override
  public String toString() {
    String list = String.join(",", hosts.stream().map(Host::toString).toList());
    return master.map(name -> "the Sentinels " + list + " of " + name).orElse(list);
  }
}
