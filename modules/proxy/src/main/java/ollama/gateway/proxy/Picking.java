package ollama.gateway.proxy;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import ollama.gateway.balancer.Balancer;
import ollama.gateway.balancer.Lease;
import ollama.gateway.balancer.Upstream;

/** From which servers a request takes one for each of its tries. */
interface Picking {

  /**
   * The server for the next try; empty when none is left.
   *
   * @param tried those that the request tried
   */
  Optional<Lease> next(Predicate<? super Upstream> tried);

  /** Whether one is up that {@link #next} would take just now. */
  boolean hasUp(Predicate<? super Upstream> tried);

  /** A server has answered, and the client doesn't know the answer's end yet. */
  default void ended(Upstream server, int status) {}

  /** As the policy likes, of those that have a model. */
  static Picking ofModel(Balancer balancer, String model) {
    return new Picking() {
      @Override
      public Optional<Lease> next(Predicate<? super Upstream> tried) {
        return balancer.acquire(model, tried);
      }

      @Override
      public boolean hasUp(Predicate<? super Upstream> tried) {
        return balancer.hasUp(model, tried);
      }
    };
  }

  /** Those with the lowest version in their turns. */
  static Picking oldest(Balancer balancer) {
    return new Picking() {
      @Override
      public Optional<Lease> next(Predicate<? super Upstream> tried) {
        return balancer.acquireOldest(tried);
      }

      @Override
      public boolean hasUp(Predicate<? super Upstream> tried) {
        return balancer.hasUp("", tried);
      }
    };
  }

  /** This one and no other, whether it is up or not. */
  static Picking only(Balancer balancer, Upstream server) {
    return new Picking() {
      @Override
      public Optional<Lease> next(Predicate<? super Upstream> tried) {
        return tried.test(server) ? Optional.empty() : Optional.of(balancer.lease(server));
      }

      @Override
      public boolean hasUp(Predicate<? super Upstream> tried) {
        return server.up() && !tried.test(server);
      }
    };
  }

  /** The same, but what a server has is asked anew once it has answered well. */
  static Picking renewing(Picking picking, Balancer balancer, long millis) {
    return new Picking() {
      @Override
      public Optional<Lease> next(Predicate<? super Upstream> tried) {
        return picking.next(tried);
      }

      @Override
      public boolean hasUp(Predicate<? super Upstream> tried) {
        return picking.hasUp(tried);
      }

      @Override
      public void ended(Upstream server, int status) {
        if (status < 300) {
          balancer.renew(List.of(server), millis);
        }
      }
    };
  }
}
