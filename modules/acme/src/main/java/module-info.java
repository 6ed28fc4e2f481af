/** Certificates from an authority that speaks ACME, by acme4j; for the full image alone. */
module ollama.gateway.acme {
  requires static org.jspecify;
  requires java.net.http;
  requires ollama.gateway.app;
  requires org.shredzone.acme4j;

  provides ollama.gateway.app.acme.CertificateOrders with
      ollama.gateway.acme.AcmeOrders;
}
