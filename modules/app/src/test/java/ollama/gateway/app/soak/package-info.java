/**
 * Minutes of mixed load with random faults on a gateway in a process of its own, after which
 * memory, descriptors, threads and leases must be what they were: {@code make soak}.
 */
package ollama.gateway.app.soak;
