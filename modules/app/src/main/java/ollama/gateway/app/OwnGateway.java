package ollama.gateway.app;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import ollama.gateway.auth.AddressSet;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.ListenAddress;
import ollama.gateway.http.wire.Rule;

/** The gateway that runs on this machine, asked in the way that its settings want it. */
final class OwnGateway {

  private static final int TIMEOUT_MILLIS = 3_000;
  private static final int HEAD_BYTES_MAX = 64 * 1024;

  private static final int ANSWER_BYTES_MAX = 1 << 20;
  private static final Pattern HEAD =
      Pattern.compile("HTTP/1\\.[01] ([0-9]{3}).*\\r\\n\\r\\n", Pattern.DOTALL);

  private static final Pattern LENGTH =
      Pattern.compile("\\r\\ncontent-length: ?([0-9]{1,9})\\r\\n", Pattern.CASE_INSENSITIVE);

  private final String host;
  private final int port;
  private final boolean proxyProtocol;
  private final AddressSet trustedProxies;
  private final boolean tls;
  private final boolean wantsCertificate;

  private OwnGateway(GatewayConfig config, ListenAddress listen) {
    host = Listening.reachable(listen.host());
    port = listen.port();
    proxyProtocol = config.security().proxyProtocol();
    trustedProxies = new AddressSet(config.security().trustedProxies());
    tls = listen.isSecured(config.tls());
    wantsCertificate = tls && !config.tls().clientCertificateAuthority().isEmpty();
  }

  /**
   * That of these settings at each of its addresses, those without TLS first; none where no port is
   * known, since they leave it to the system.
   */
  static List<OwnGateway> of(GatewayConfig config) {
    return config.gatewayAddress().stream()
        .filter(address -> address.port() != 0)
        .sorted(Comparator.comparing(address -> address.isSecured(config.tls())))
        .map(address -> new OwnGateway(config, address))
        .toList();
  }

  /** Whether it only talks to who has a certificate. */
  boolean wantsCertificate() {
    return wantsCertificate;
  }

  /**
   * An answer.
   *
   * @param status its status
   * @param text its body
   */
  record Answer(int status, String text) {}

  /**
   * Asks. Whether it speaks TLS is as the settings were at its start: if they say something else by
   * now, it is asked both ways.
   *
   * @throws IOException when nobody answers in HTTP, or not in time
   */
  Answer get(String path) throws IOException {
    return get(path, Optional.empty());
  }

  /** The same with a key. */
  Answer get(String path, Optional<String> key) throws IOException {
    String request = "GET " + path + " HTTP/1.1\r\n" + fields(key) + "Connection: close\r\n\r\n";
    // A key isn't tried without TLS where there is to be some.
    return key.isPresent() && tls ? exchange(request, true) : exchange(request);
  }

  /**
   * Posts with a key.
   *
   * @throws IOException when nobody answers in HTTP
   */
  ComingAnswer post(String path, String json, String key) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    // In HTTP/1.0 the end of an answer is the connection's, which is reset where it isn't whole.
    String request =
        "POST "
            + path
            + " HTTP/1.0\r\n"
            + fields(Optional.of(key))
            + "Content-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n"
            + json;
    ComingAnswer answer = begin(request, tls, ComingAnswer.SILENCE_MILLIS);
    if (tls || answer.status() != Rule.NOT_TLS.status()) {
      return answer;
    }
    String text;
    try (answer) {
      text = answer.text(ANSWER_BYTES_MAX);
    }
    if (text.contains(Rule.NOT_TLS.text())) {
      return begin(request, true, ComingAnswer.SILENCE_MILLIS);
    }
    InputStream read = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    return new ComingAnswer(answer.status(), -1, read, () -> {});
  }

  private String fields(Optional<String> key) {
    String field = key.map(text -> "Authorization: Bearer " + text + "\r\n").orElse("");
    return "Host: " + authority() + "\r\n" + field;
  }

  private Answer exchange(String request) throws IOException {
    try {
      Answer answer = exchange(request, tls);
      boolean wantsTls = !tls && answer.text().contains(Rule.NOT_TLS.text());
      return wantsTls ? exchange(request, true) : answer;
    } catch (SSLException e) {
      if (!tls) {
        throw e;
      }
      Answer answer = exchange(request, false);
      if (answer.text().contains(Rule.NOT_TLS.text())) {
        // It does speak TLS, though not with this one.
        throw e;
      }
      return answer;
    }
  }

  private Answer exchange(String request, boolean secured) throws IOException {
    try (ComingAnswer answer = begin(request, secured, TIMEOUT_MILLIS)) {
      return new Answer(answer.status(), answer.text(ANSWER_BYTES_MAX).strip());
    }
  }

  /** Asks, and reads the answer's head. */
  private ComingAnswer begin(String request, boolean secured, int silenceMillis)
      throws IOException {
    Socket socket = new Socket();
    boolean answers = false;
    try {
      // A proxy for the way out has nothing to do with this machine's own gateway.
      socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
      socket.setSoTimeout(silenceMillis);
      OutputStream out = socket.getOutputStream();
      // Who comes from here may have to say that it comes for itself.
      if (proxyProtocol && trustedProxies.contains(socket.getLocalAddress())) {
        out.write(ascii("PROXY UNKNOWN\r\n"));
      }
      Socket over = secured ? AnyServer.over(socket) : socket;
      over.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      InputStream in = new BufferedInputStream(over.getInputStream());
      String text = head(in);
      Matcher head = HEAD.matcher(text);
      if (!head.matches()) {
        throw new IOException("what answers there isn't HTTP");
      }
      Matcher length = LENGTH.matcher(text);
      answers = true;
      return new ComingAnswer(
          Integer.parseInt(head.group(1)),
          length.find() ? Long.parseLong(length.group(1)) : -1,
          in,
          over);
    } finally {
      if (!answers) {
        socket.close();
      }
    }
  }

  /** Up to the empty line that ends it, or as far as it comes. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    int next = in.read();
    while (next >= 0 && head.length() < HEAD_BYTES_MAX) {
      head.append((char) next);
      if (next == '\n' && head.indexOf("\r\n\r\n", head.length() - 4) >= 0) {
        break;
      }
      next = in.read();
    }
    return head.toString();
  }

  /** What it is asked, for people. */
  String url(String path) {
    return (tls ? "https://" : "http://") + authority() + path;
  }

  private String authority() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
