package ollama.gateway.valkey;

import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Speaks TLS, which is agreed upon at once, with who has a certificate for the very name or address
 * that was asked for (RFC 9525). No read of it takes longer than one of the plain socket.
 *
 * @param plain makes the sockets below
 * @param with whom it trusts, and who it is
 * @param server which one it has to be
 */
record TlsSockets(JedisSocketFactory plain, SSLSocketFactory with, HostAndPort server)
    implements JedisSocketFactory {

  @Override
  public Socket createSocket() {
    Socket below = plain.createSocket();
    try {
      return over(below);
    } catch (IOException e) {
      try {
        below.close();
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw new JedisConnectionException("TLS wasn't agreed upon with " + server, e);
    }
  }

  private Socket over(Socket below) throws IOException {
    SSLSocket socket =
        (SSLSocket) with.createSocket(below, server.getHost(), server.getPort(), true);
    SSLParameters checks = socket.getSSLParameters();
    checks.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(checks);
    socket.startHandshake();
    return socket;
  }
}
