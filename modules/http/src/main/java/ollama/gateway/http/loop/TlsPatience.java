package ollama.gateway.http.loop;

import javax.net.ssl.SSLException;

/**
 * How much a peer may have TLS itself do that brings nothing. What the engine does for a record
 * runs on the loop, and it takes any number of them.
 */
final class TlsPatience {

  /** Chains of certificates are a few KiB, and each message of a handshake is a record or two. */
  private static final int HANDSHAKE_RECORDS_MAX = 256;

  private static final int HANDSHAKE_BYTES_MAX = 256 * 1024;

  /** Records in a row that hold nothing for the reader, as those of TLS itself, or empty ones. */
  private static final int BARREN_MAX = 16;

  /** Longer ones hold many messages, each of which costs much; tickets, of servers alone, too. */
  private static final int BARREN_BYTES_MAX = 512;

  /** Answers of TLS that wait for the peer to take what went before. */
  private static final int UNANSWERED_MAX = 8;

  private final boolean isClient;
  private int handshakeRecords;
  private int handshakeBytes;
  private int barren;
  private int unanswered;

  /**
   * With one peer.
   *
   * @param isClient whether the peer is a server
   */
  TlsPatience(boolean isClient) {
    this.isClient = isClient;
  }

  /** A record of the handshake was taken. */
  void handshakeRecord() throws SSLException {
    if (++handshakeRecords > HANDSHAKE_RECORDS_MAX) {
      throw endless();
    }
  }

  /** So many bytes came during the handshake. */
  void handshakeBytes(int count) throws SSLException {
    handshakeBytes += count;
    if (handshakeBytes > HANDSHAKE_BYTES_MAX) {
      throw endless();
    }
  }

  private static SSLException endless() {
    return new SSLException("a handshake that doesn't end");
  }

  /** A record held something for the reader. */
  void content() {
    barren = 0;
  }

  /** A record of this length held nothing. */
  void noContent(int bytes) throws SSLException {
    barren++;
    if (barren > BARREN_MAX || (!isClient && bytes > BARREN_BYTES_MAX)) {
      throw new SSLException("records without content");
    }
  }

  /** The peer has what TLS had to answer. */
  void answered() {
    unanswered = 0;
  }

  /** It asked for an answer, and takes nothing. */
  void unanswered() throws SSLException {
    if (++unanswered > UNANSWERED_MAX) {
      throw new SSLException("the peer asks for answers, and takes none");
    }
  }
}
