package ollama.gateway.proxy;

import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;

/** Fields that concern one connection only and are never passed on, RFC 9110 section 7.6.1. */
final class HopByHop {

  private HopByHop() {}

  /**
   * Whether line {@code i} ends here.
   *
   * @param listed what {@link #listsNames} says of these fields
   */
  static boolean ends(Fields fields, int i, boolean listed) {
    return is(fields.known(i)) || (listed && fields.listedInConnection(i));
  }

  private static boolean is(KnownField field) {
    return switch (field) {
      case CONNECTION,
          KEEP_ALIVE,
          PROXY_CONNECTION,
          PROXY_AUTHENTICATE,
          PROXY_AUTHORIZATION,
          TE,
          TRAILER,
          TRANSFER_ENCODING,
          UPGRADE ->
          true;
      default -> false;
    };
  }

  /** Whether {@code Connection} may list field names, besides its usual options. */
  static boolean listsNames(Fields fields) {
    for (int i = fields.indexOf(KnownField.CONNECTION, 0);
        i >= 0;
        i = fields.indexOf(KnownField.CONNECTION, i + 1)) {
      if (!fields.valueIs(i, "keep-alive") && !fields.valueIs(i, "close")) {
        return true;
      }
    }
    return false;
  }
}
