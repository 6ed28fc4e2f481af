package ollama.gateway.app;

import java.io.ByteArrayOutputStream;
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
import javax.net.ssl.SSLSocket;
import ollama.gateway.auth.AddressSet;
import ollama.gateway.config.GatewayConfig;
import ollama.gateway.config.ListenAddress;
import ollama.gateway.http.wire.Rule;

/** The gateway that runs on this machine, asked in the way that its settings want it. */
final class OwnGateway {

  private static final int TIMEOUT_MILLIS = 3_000;
  private static final int PIECE_BYTES = 8_192;
  private static final int ANSWER_BYTES_MAX = 1 << 20;
  private static final Pattern ANSWER =
      Pattern.compile("HTTP/1\\.[01] ([0-9]{3}).*?\\r\\n\\r\\n(.*)", Pattern.DOTALL);

  private static final Pattern LENGTH =
      Pattern.compile("\\r\\ncontent-length: ?([0-9]{1,6})\\r\\n", Pattern.CASE_INSENSITIVE);

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
    String field = key.map(text -> "Authorization: Bearer " + text + "\r\n").orElse("");
    String request = "GET " + path + " HTTP/1.1\r\nHost: " + authority() + "\r\n" + field;
    String whole = request + "Connection: close\r\n\r\n";
    // A key isn't tried without TLS where there is to be some.
    return key.isPresent() && tls ? exchange(whole, true) : exchange(whole);
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
    try (Socket socket = new Socket()) {
      // A proxy for the way out has nothing to do with this machine's own gateway.
      socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      OutputStream out = socket.getOutputStream();
      // Who comes from here may have to say that it comes for itself.
      if (proxyProtocol && trustedProxies.contains(socket.getLocalAddress())) {
        out.write(ascii("PROXY UNKNOWN\r\n"));
      }
      if (!secured) {
        return ask(socket, request);
      }
      try (SSLSocket over = AnyServer.over(socket)) {
        return ask(over, request);
      }
    }
  }

  private static Answer ask(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    Matcher answer = ANSWER.matcher(read(socket.getInputStream()));
    if (!answer.matches()) {
      throw new IOException("what answers there isn't HTTP");
    }
    // It was read byte by character.
    byte[] body = answer.group(2).getBytes(StandardCharsets.ISO_8859_1);
    return new Answer(
        Integer.parseInt(answer.group(1)), new String(body, StandardCharsets.UTF_8).strip());
  }

  /** What comes, up to the answer's end or the connection's. */
  private static String read(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] some = new byte[PIECE_BYTES];
    int count = 0;
    while (count >= 0 && bytes.size() < ANSWER_BYTES_MAX && !isWhole(text(bytes))) {
      count = in.read(some);
      bytes.write(some, 0, Math.max(count, 0));
    }
    return text(bytes);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  private static boolean isWhole(String answer) {
    int headEnd = answer.indexOf("\r\n\r\n");
    Matcher length = LENGTH.matcher(answer);
    return headEnd >= 0
        && length.find()
        && length.start() < headEnd
        && answer.length() - headEnd - 4 >= Integer.parseInt(length.group(1));
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
