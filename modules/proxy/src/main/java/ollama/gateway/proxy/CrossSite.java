package ollama.gateway.proxy;

import java.util.Locale;
import java.util.Optional;
import ollama.gateway.http.message.Fields;
import ollama.gateway.http.message.KnownField;

/**
 * Tells what a browser sends for a page of another site (Fetch, sections 2.5 and 4.2; Fetch
 * Metadata section 2.3): such a page mustn't administer the gateway with what the browser knows,
 * nor use a certificate that the browser shows for it.
 */
final class CrossSite {

  private CrossSite() {}

  /** Whether a request comes from such a page. What no browser sends comes from none. */
  static boolean isTrue(Call call) {
    Fields fields = call.head().fields();
    int site = fields.indexOf("sec-fetch-site");
    if (site >= 0) {
      // What the browser says itself, and no page can change.
      return !fields.valueIs(site, "same-origin") && !fields.valueIs(site, "none");
    }
    int origin = fields.indexOf(KnownField.ORIGIN, 0);
    Optional<String> host = call.host();
    return origin >= 0 && (host.isEmpty() || !isOf(fields.value(origin), host.get()));
  }

  /** Whether an origin is that of a host, with whichever scheme. */
  private static boolean isOf(String origin, String host) {
    int authority = origin.indexOf("://");
    return authority > 0
        && origin
            .substring(authority + "://".length())
            .toLowerCase(Locale.ROOT)
            .equals(host.toLowerCase(Locale.ROOT));
  }
}
