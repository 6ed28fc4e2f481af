/** What several gateways have in common, in Valkey or Redis, by Jedis; for the full image alone. */
module ollama.gateway.valkey {
  requires static org.jspecify;
  requires ollama.gateway.http;
  requires ollama.gateway.shared;
  requires redis.clients.jedis;

  provides ollama.gateway.shared.SharedStates with
      ollama.gateway.valkey.ValkeyStates;
}
