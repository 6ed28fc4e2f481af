package ollama.gateway.balancer.dispatch;

/**
 * Where a request stands in the line.
 *
 * @param number from 1, in the order of classes and arrival; the true order follows fairness and
 *     gain
 * @param work what it asks
 * @param waitedMillis how long it has stood there
 * @param expectedMillis how long it will, by the rate at which requests were started; 0 if there is
 *     none yet
 */
public record Place(int number, Work work, long waitedMillis, long expectedMillis) {}
