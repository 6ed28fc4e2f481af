package ollama.gateway.balancer.sim;

/** Who is tried: by which policy, in front of how many gateways, and with which chances. */
record Trial(Contender contender, Fleet fleet, long seed) {}
