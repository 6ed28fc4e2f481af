package ollama.gateway.config;

/** Tells what is hardly meant where clients may speak TLS. */
final class TlsDoubts {

  private TlsDoubts() {}

  /**
   * Looks at settings that can be used.
   *
   * @param file where they stand
   * @param tlsBlock where it says something of TLS
   */
  static void tell(Block file, Block tlsBlock, GatewayConfig config) {
    TlsConfig tls = config.tls();
    boolean asksClients = !tls.clientCertificateAuthority().isEmpty();
    boolean anyPlain = false;
    for (ListenAddress address : config.gatewayAddress()) {
      boolean isPlain = !address.isSecured(tls);
      anyPlain |= isPlain;
      if (asksClients && !tls.redirect() && isPlain && !address.isLocal()) {
        tlsBlock.doubtful(
            "clientCertificateAuthority",
            "who comes to " + address + " of gatewayAddress is asked for no certificate");
      }
    }
    if (tls.acme().isOn() && tls.acme().challenge().equals(AcmeConfig.HTTP_01) && !anyPlain) {
      tlsBlock.doubtful(
          "acme",
          "the challenge http-01 asks port 80, and every address speaks TLS: add one with http://"
              + " to gatewayAddress, or leave the challenge out");
    }
    if (tls.redirect() && !anyPlain) {
      tlsBlock.doubtful(
          "redirect",
          "nobody is led anywhere, since every address speaks TLS: add one with http:// to"
              + " gatewayAddress");
    }
    if (!asksClients && hasCertificate(config)) {
      file.doubtful(
          "apiKeys",
          "a certificate stands for a key here, and no client is asked for one: name who vouches"
              + " for clients in tls.clientCertificateAuthority");
    }
  }

  private static boolean hasCertificate(GatewayConfig config) {
    for (ApiKey key : config.apiKeys()) {
      if (!key.certificate().isEmpty()) {
        return true;
      }
    }
    return false;
  }
}
