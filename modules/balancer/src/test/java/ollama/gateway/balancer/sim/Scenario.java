package ollama.gateway.balancer.sim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import ollama.gateway.balancer.dispatch.Priority;

/** What is tried, and what is measured of it. Seconds, unless the name says otherwise. */
enum Scenario {
  /** Three servers, room for all conversations, long prompts. */
  CONVERSATIONS {
    @Override
    World play(Trial trial) {
      World world = new World(trial, 3, machine(1, 1, 1_500, 120_000));
      new Conversations(30, 10, 8_000, 500, 60, 60, 0).begin(world, 200, 0);
      world.time.run(HOURS);
      return world;
    }

    @Override
    Map<String, Double> figures(World world) {
      List<SimRequest> follow =
          world.requests.stream().filter(r -> r.first >= 0 && r.reusableTokens > 0).toList();
      double met = follow.stream().filter(r -> r.cachedTokens >= 0.95 * r.reusableTokens).count();
      Map<String, Double> figures = times(world);
      figures.put("prefix met %", 100 * met / follow.size());
      return figures;
    }
  },
  /** The same without thought: more than the servers can do. */
  SATURATED {
    @Override
    World play(Trial trial) {
      World world = new World(trial, 3, machine(1, 1, 700, 120_000));
      new Conversations(30, 10, 2_000, 400, 60, 5, 0).begin(world, 70, 1_200);
      world.time.run(1_200);
      return world;
    }

    @Override
    Map<String, Double> figures(World world) {
      Map<String, Double> figures = times(world);
      figures.put(
          "requests/s", world.requests.stream().filter(r -> r.ended >= 0).count() / world.now());
      return figures;
    }
  },
  /** Short prompts that share nothing, long answers. */
  DECODING {
    @Override
    World play(Trial trial) {
      World world = new World(trial, 3, machine(4, 1, 1_500, 120_000));
      Arrivals.poisson(
          world,
          1_200,
          1.2,
          request -> {
            request.promptTokens = 100;
            request.chain = world.fresh(100);
            request.after = request.chain;
            request.outputTokens = (int) (20 - 220 * Math.log(1 - world.random.nextDouble()));
          });
      world.time.run(HOURS);
      return world;
    }

    @Override
    Map<String, Double> figures(World world) {
      Map<String, Double> figures = times(world);
      figures.put("total p50", Figures.percentile(world.requests, 0.5, SimRequest::total));
      figures.put("total p99", Figures.percentile(world.requests, 0.99, SimRequest::total));
      return figures;
    }
  },
  /** All conversations begin with the same long system prompt. */
  SHARED_PROMPT {
    @Override
    World play(Trial trial) {
      World world = new World(trial, 3, machine(1, 1, 1_500, 120_000));
      new Conversations(30, 10, 6_200, 300, 60, 30, 6_000).begin(world, 300, 900);
      world.time.run(900);
      return world;
    }

    @Override
    Map<String, Double> figures(World world) {
      Map<String, Double> figures = times(world);
      double most = world.servers.values().stream().mapToDouble(s -> s.busySeconds).max().orElse(0);
      double all = world.servers.values().stream().mapToDouble(s -> s.busySeconds).sum();
      figures.put("most/mean load", most * world.servers.size() / all);
      return figures;
    }
  },
  /** Six models, three servers that hold one each, skewed use. */
  MODELS {
    @Override
    World play(Trial trial) {
      World world = new World(trial, 3, machine(1, 1, 1_500, 120_000));
      double[] shares = Arrivals.zipf(6, 2);
      Arrivals.poisson(
          world,
          400,
          0.25,
          request -> {
            double at = world.random.nextDouble();
            int model = 0;
            while (model < shares.length - 1 && at >= shares[model]) {
              at -= shares[model++];
            }
            request.model = "m" + model;
            request.promptTokens = 200;
            request.chain = world.fresh(200);
            request.after = request.chain;
          });
      world.time.run(HOURS);
      return world;
    }

    @Override
    Map<String, Double> figures(World world) {
      Map<String, Double> figures = times(world);
      figures.put("loads", (double) world.loads());
      return figures;
    }
  },
  /** Three models in turn on one server that holds one. */
  ABCABC {
    @Override
    World play(Trial trial) {
      World world = new World(trial, 1, machine(1, 1, 1_500, 120_000));
      for (int i = 0; i < 6; i++) {
        SimRequest request = new SimRequest();
        request.model = "m" + i % 3;
        request.promptTokens = 100;
        request.outputTokens = 30;
        world.time.after(i * 0.01, () -> world.send(request));
      }
      world.time.run(HOURS);
      return world;
    }

    @Override
    Map<String, Double> figures(World world) {
      Map<String, Double> figures = times(world);
      figures.put("loads", (double) world.loads());
      return figures;
    }
  },
  /** A batch of 200, and somebody who asks now and then. */
  BATCH {
    @Override
    World play(Trial trial) {
      World world = new World(trial, 1, machine(1, 1, 1_500, 120_000));
      Arrivals.batch(world, "batch", Priority.BATCH, 200);
      Arrivals.nowAndThen(world, "person", Priority.INTERACTIVE, 20);
      world.time.run(HOURS);
      return world;
    }

    @Override
    Map<String, Double> figures(World world) {
      List<SimRequest> interactive =
          world.requests.stream().filter(r -> r.priority == Priority.INTERACTIVE).toList();
      double service = 100 / 1_500.0 + 60 / 30.0;
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put(
          "interactive wait p95 / one request",
          (Figures.percentile(interactive, 0.95, SimRequest::toFirst) - 100 / 1_500.0) / service);
      return figures;
    }
  },
  /** Four equal keys with jobs of unequal length. */
  EQUAL_KEYS {
    @Override
    World play(Trial trial) {
      World world = new World(trial, 2, machine(1, 1, 1_500, 120_000));
      for (int key = 0; key < KEYS; key++) {
        Arrivals.backlog(world, "key" + key, 120, 20 + 40 * key);
      }
      world.time.run(150);
      return world;
    }

    @Override
    Map<String, Double> figures(World world) {
      double[] got = new double[KEYS];
      for (SimRequest request : world.requests) {
        if (request.ended >= 0) {
          got[request.key.charAt(3) - '0'] += request.ended - request.first;
        }
      }
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put("Jain", Figures.jain(got));
      return figures;
    }
  },
  /** A server dies, one hangs, one flaps; all return. */
  FAILURES {
    @Override
    World play(Trial trial) {
      World world = new World(trial, 3, new SimServer.Machine(2, 1, 1, 1_500, 30, 120_000));
      Arrivals.poisson(
          world,
          600,
          2.2,
          request -> {
            request.promptTokens = 200;
            request.chain = world.fresh(200);
            request.after = request.chain;
          });
      world.failures = new Failures(world);
      world.time.run(HOURS);
      return world;
    }

    @Override
    Map<String, Double> figures(World world) {
      Map<String, Double> figures = times(world);
      Failures failures = Objects.requireNonNull(world.failures);
      figures.put("lost", (double) failures.lost());
      figures.put("cut", (double) world.requests.stream().filter(r -> r.cut).count());
      figures.put("back after", failures.longestReturn());
      return figures;
    }
  };

  private static final double HOURS = 36_000;
  private static final int KEYS = 4;

  /** Runs it once. */
  abstract World play(Trial trial);

  /** What was measured. */
  abstract Map<String, Double> figures(World world);

  private static SimServer.Machine machine(
      int slots, int maxLoaded, double prefillPerSecond, long cacheTokens) {
    return new SimServer.Machine(slots, maxLoaded, 5, prefillPerSecond, 30, cacheTokens);
  }

  static Map<String, Double> times(World world) {
    List<SimRequest> done = world.requests.stream().filter(r -> r.first >= 0).toList();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("p50", Figures.percentile(done, 0.5, SimRequest::toFirst));
    figures.put("p90", Figures.percentile(done, 0.9, SimRequest::toFirst));
    figures.put("p99", Figures.percentile(done, 0.99, SimRequest::toFirst));
    return figures;
  }

  /** The medians of five seeds, figure by figure. */
  Map<String, Double> medians(Contender contender) {
    return medians(contender, Fleet.ONE, this::figures);
  }

  /** What gateways are compared by. */
  Map<String, Double> medians(Contender contender, Fleet fleet) {
    return medians(
        contender,
        fleet,
        world -> {
          Map<String, Double> figures = times(world);
          figures.put("above slots", (double) world.aboveSlots());
          return figures;
        });
  }

  private Map<String, Double> medians(
      Contender contender, Fleet fleet, Function<World, Map<String, Double>> figures) {
    int seeds = 5;
    Map<String, double[]> all = new LinkedHashMap<>();
    for (int seed = 0; seed < seeds; seed++) {
      int index = seed;
      figures
          .apply(play(new Trial(contender, fleet, seed + 1)))
          .forEach(
              (name, value) -> all.computeIfAbsent(name, n -> new double[seeds])[index] = value);
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    all.forEach((name, values) -> medians.put(name, Figures.median(values)));
    return medians;
  }
}
