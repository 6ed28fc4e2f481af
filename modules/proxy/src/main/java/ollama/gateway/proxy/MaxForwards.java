package ollama.gateway.proxy;

import ollama.gateway.http.message.KnownField;
import ollama.gateway.http.message.RequestHead;

/** How many hops a request may still take (RFC 9110 section 7.6.2). */
final class MaxForwards {

  /** Any number. */
  static final long UNLIMITED = -1;

  private MaxForwards() {}

  /** What the field says where it counts, with OPTIONS and TRACE; else {@link #UNLIMITED}. */
  static long of(RequestHead head) {
    if (!head.method().equals("OPTIONS") && !head.method().equals("TRACE")) {
      return UNLIMITED;
    }
    int i = head.fields().indexOf(KnownField.MAX_FORWARDS, 0);
    // The parser lets nothing but 1 to 18 digits through.
    return i < 0 ? UNLIMITED : Long.parseLong(head.fields().value(i));
  }
}
