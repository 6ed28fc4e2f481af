# `make` lists the targets. Needs Maven 3.8 or newer and a JDK 25; `make test` also Python 3.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Each command runs with the JDK 25 that the script finds on this machine.
JDK := jlink/with-jdk

# Quiet unless something fails. (-q would hide the compiler's warnings, and they are errors here.)
LOG := -Dorg.slf4j.simpleLogger
# Compiled by C1 alone: javac ends before what C2 costs comes back.
MAVEN := MAVEN_OPTS="-XX:TieredStopAtLevel=1 $(MAVEN_OPTS) --sun-misc-unsafe-memory-access=allow" \
  $(JDK) mvn -B -ntp $(LOG).defaultLogLevel=warn $(LOG).log.com.networknt=error \
  $(LOG).log.org.apache.maven.plugins.shade=error
# The same, but with what Surefire counts; what tests print goes to files, for the report. The fuzz
# corpus is replayed without Jazzer's sanitizers, which would rewrite every class of those modules.
MAVEN_TEST := $(MAVEN) $(LOG).log.org.apache.maven.plugin.surefire=info -Dtests.quiet=true \
  -Djazzer.hooks=false
TEST_REPORTS := $(CURDIR)/build/pytest.xml
TEST_REPORT := tools/test-report $(TEST_REPORTS)

IMAGE := build/image
LAUNCHER := $(IMAGE)/bin/ollama-gateway
JARS := modules/app/target/modules
FULL_IMAGE := build/image-full
FULL_LAUNCHER := $(FULL_IMAGE)/bin/ollama-gateway
FULL_JARS := modules/full/target/modules
PYTHON_TESTS := modules/app/src/test/python
CLIENT_TESTS := modules/app/src/test/clients
DEPLOY_TESTS := modules/app/src/test/deploy

# Folders too: their time changes when a file is deleted.
BUILD_FILES := pom.xml $(wildcard .mvn/*) $(wildcard modules/*/pom.xml)
SOURCES := $(BUILD_FILES) $(shell find modules/*/src/main)

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: image ## Start the gateway with run/config.json, and a demo server if there is no Ollama
	@mkdir -p run
	@test -e run/config.json || cp config.json run/config.json
	@exec $(LAUNCHER) --config run/config.json --key-file run/key --demo-if-alone

.PHONY: test
test: ## Run every test: unit, integration, format, and Python's clients against the image
	@rm -rf $(JARS) $(FULL_JARS) build/jars.stamp modules/*/target/surefire-reports $(TEST_REPORTS)
	@$(MAVEN_TEST) --fail-at-end verify || { $(TEST_REPORT); exit 1; }
	@mkdir -p build && touch build/jars.stamp
	@$(MAKE) --no-print-directory image image-full
	@if [ -n "$$(find $(PYTHON_TESTS) -name 'test_*.py' 2>/dev/null)" ]; then \
	  $(MAKE) --no-print-directory build/venv/stamp && \
	  { $(MAKE) --no-print-directory build/javascript/stamp || true; } && \
	  { OLLAMA_GATEWAY="$(CURDIR)/$(LAUNCHER)" OLLAMA_GATEWAY_FULL="$(CURDIR)/$(FULL_LAUNCHER)" \
	    JAVASCRIPT_CLIENTS="$(CURDIR)/build/javascript" build/venv/bin/pytest -q -n 3 --dist loadfile \
	    --junitxml=$(TEST_REPORTS) $(PYTHON_TESTS) || { $(TEST_REPORT); exit 1; }; }; \
	else \
	  echo "No Python tests in $(PYTHON_TESTS): skipped."; \
	fi
	@$(TEST_REPORT)

.PHONY: image
image: $(LAUNCHER) ## Link build/image, a Java runtime with the gateway in it

.PHONY: image-full
image-full: $(FULL_LAUNCHER) ## Link build/image-full, which also orders certificates (tls.acme) and shares (shared)

.PHONY: benchmark
benchmark: microbenchmark side-by-side ## Run both kinds of benchmarks; reports go to build/benchmark

.PHONY: microbenchmark
microbenchmark: jmh/target/benchmarks.jar ## Run JMH (ARGS="-wi 1 -i 1 Chunk" passes arguments)
	@$(JDK) java --sun-misc-unsafe-memory-access=allow -cp $< \
	  ollama.gateway.jmh.MicroBenchmarks build/benchmark $(ARGS)

.PHONY: side-by-side
side-by-side: jmh/target/benchmarks.jar image ## Measure the gateway beside nginx and HAProxy (REPEATS=5, SCENARIOS=small,200, PEERS=gateway,nginx, BEFORE=another image, TLS=1)
	@$(JDK) java --add-opens=java.base/java.lang=ALL-UNNAMED -XX:+UseSerialGC \
	  -XX:AutoBoxCacheMax=50000 -Xmx1g -cp $< \
	  ollama.gateway.jmh.sidebyside.SideBySide $(LAUNCHER) jmh/src/main/c build/benchmark \
	  $(or $(REPEATS),5) $(if $(SCENARIOS),--scenarios=$(SCENARIOS)) \
	  $(if $(PEERS),--peers=$(PEERS)) \
	  $(if $(TLS),--tls) $(if $(WARM_UP),--warm-up=$(WARM_UP)) $(if $(BEFORE),--before=$(BEFORE)/bin/ollama-gateway)

jmh/target/benchmarks.jar: $(SOURCES) jmh/pom.xml $(shell find jmh/src)
	@$(MAVEN) -pl jmh -am package -Dmaven.test.skip=true

.PHONY: soak
soak: image ## Mixed load and random faults; all must be flat at the end (SOAK_MINUTES=5, SOAK_SEED)
	@$(MAVEN) -pl modules/app -am test-compile
	@$(JDK) java -cp modules/app/target/test-classes ollama.gateway.app.soak.Soak \
	  $(LAUNCHER) $(JARS) $(or $(SOAK_MINUTES),5) $(SOAK_SEED)

.PHONY: simulate
simulate: ## Compare ways to choose a server, on servers and a clock that are simulated; some seconds
	@$(MAVEN) -pl modules/balancer -am test-compile
	@$(JDK) java -cp modules/balancer/target/test-classes:modules/balancer/target/classes \
	  ollama.gateway.balancer.sim.Simulate $(ARGS)

FUZZ_TARGETS := http/WireFuzzTest\#request http/WireFuzzTest\#response http/WireFuzzTest\#chunks \
  http/WireFuzzTest\#proxyHeader \
  config/ConfigFuzzTest\#file config/ConfigFuzzTest\#range auth/AddressRulesFuzzTest\#rules

.PHONY: fuzz
fuzz: ## Look for inputs that break parsers and rules, FUZZ_SECONDS=60 for each target
	@mkdir -p build/fuzz
	@for target in $(FUZZ_TARGETS); do \
	  module=$${target%%/*}; test=$${target#*/}; log=build/fuzz/$${test#*#}.log; \
	  case $$module in http) once=event-loop ;; *) once=default-test ;; esac; \
	  JAZZER_FUZZ=1 $(MAVEN) -pl modules/$$module -am test-compile surefire:test@$$once -Dtests.compiler= \
	    -Djazzer.max_duration=$(or $(FUZZ_SECONDS),60)s "-Dtest=$$test" \
	    >$$log 2>&1 || { tail -n 60 $$log; echo "$$test: failed, see $$log"; exit 1; }; \
	  grep -Eq '^Done [1-9][0-9]* runs' $$log || { echo "$$test: no input was tried"; exit 1; }; \
	  echo "$$test: $$(grep -E '^Done ' $$log), $$(grep -Eo 'DONE +cov: [0-9]+' $$log)"; \
	done

DIST := build/dist
VERSION := $(shell sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)

.PHONY: dist
dist: image ## Pack build/dist/ollama-gateway-VERSION-PLATFORM.tar.gz for bare hosts, with its SHA-256
	@dist/archive $(IMAGE) $(VERSION) modules/app/target/sbom.json $(DIST)

.PHONY: dist-full
dist-full: image-full ## Pack the full image in the same way, into build/dist-full
	@dist/archive $(FULL_IMAGE) $(VERSION)-full modules/full/target/sbom.json $(DIST)-full

.PHONY: check-ship
check-ship: check-image check-dist check-service check-container check-deploy check-clients check-tracing ## Run all checks of what ships

.PHONY: check-image
check-image: image ## Measure the image: time to the first answer, memory, disk; try its launcher
	@dist/check-image $(IMAGE)

.PHONY: check-dist
check-dist: dist ## Build the archive twice and compare; install, run and replace it; check its unit
	@dist/check-dist $(DIST)/ollama-gateway-$(VERSION)-*.tar.gz $(JARS)

.PHONY: check-service
check-service: dist ## Have a systemd of its own start, reload, kill and stop the service
	@dist/check-service $(DIST)/ollama-gateway-$(VERSION)-*.tar.gz build/check-service

.PHONY: check-container
check-container: ## Build the container with buildah, run it, measure it
	@dist/check-container

.PHONY: check-deploy
check-deploy: image image-full build/venv-deploy/stamp ## Validate what is for Compose, and deploy/, against what they are for
	@OLLAMA_GATEWAY="$(CURDIR)/$(LAUNCHER)" OLLAMA_GATEWAY_FULL="$(CURDIR)/$(FULL_LAUNCHER)" \
	  build/venv-deploy/bin/pytest -q -rs $(DEPLOY_TESTS)

.PHONY: check-clients
check-clients: image build/venv-clients/stamp build/javascript/stamp ## Run LangChain, JavaScript's clients and Ollama's own
	@OLLAMA_GATEWAY="$(CURDIR)/$(LAUNCHER)" JAVASCRIPT_CLIENTS="$(CURDIR)/build/javascript" \
	  PYTHONPATH=$(PYTHON_TESTS) build/venv-clients/bin/pytest -q -rs $(CLIENT_TESTS)

.PHONY: check-tracing
check-tracing: image build/venv/stamp ## Have an OpenTelemetry Collector, which go builds in minutes, take traces
	@if command -v go >/dev/null; then $(MAKE) --no-print-directory build/go/collector; fi
	@OLLAMA_GATEWAY="$(CURDIR)/$(LAUNCHER)" \
	  OTEL_COLLECTOR="$$(ls "$(CURDIR)/build/go/collector" 2>/dev/null)" \
	  build/venv/bin/pytest -q -rs $(PYTHON_TESTS)/test_tracing.py

.PHONY: reference
reference: ## Write docs/configuration.md, config.schema.json and docs/metrics.md from the sources
	@$(JDK) java reference/Reference.java modules/config/src/main/java/ollama/gateway/config .
	@$(MAVEN) -pl modules/app -am test -Dreference.write=true -Dtest=MetricsReferenceTest \
	  -Dsurefire.failIfNoSpecifiedTests=false

.PHONY: pictures
pictures: image build/venv/stamp ## Take the pictures in docs/images, which takes Chromium and two minutes
	@OLLAMA_GATEWAY="$(CURDIR)/$(LAUNCHER)" build/venv/bin/python tools/pictures docs/images

.PHONY: format
format: ## Format the sources
	@$(MAVEN) spotless:apply

.PHONY: clean
clean: ## Delete what was built; run/ stays
	@rm -rf build target modules/*/target jmh/target

build/jars.stamp: $(SOURCES)
	@echo "Building the modules"
	@$(MAVEN) -pl modules/full -am clean package -Dmaven.test.skip=true
	@mkdir -p build && touch $@

$(LAUNCHER): build/jars.stamp $(wildcard jlink/*)
	@echo "Linking $(IMAGE)"
	@$(JDK) jlink/link $(JARS) $(IMAGE)
	@touch $@

$(FULL_LAUNCHER): build/jars.stamp $(wildcard jlink/*)
	@echo "Linking $(FULL_IMAGE)"
	@$(JDK) jlink/link $(FULL_JARS) $(FULL_IMAGE) ollama.gateway.acme ollama.gateway.valkey
	@touch $@

build/venv/stamp: $(PYTHON_TESTS)/requirements.txt
	@python3 -m venv build/venv
	@build/venv/bin/pip install -q --disable-pip-version-check -r $<
	@touch $@

# Apart: what LangChain wants of other packages isn't what the tests above want.
build/venv-%/stamp: modules/app/src/test/%/requirements.txt
	@python3 -m venv build/venv-$*
	@build/venv-$*/bin/pip install -q --disable-pip-version-check -r $<
	@touch $@

build/go/collector: $(wildcard modules/app/src/test/go/collector/*)
	@mkdir -p build/go
	@cd modules/app/src/test/go/collector && go build -o "$(CURDIR)/$@"

build/javascript/stamp: $(CLIENT_TESTS)/javascript/package.json
	@mkdir -p build/javascript
	@cp $< build/javascript/
	@if command -v npm >/dev/null; then \
	  cd build/javascript && npm install --silent --no-package-lock --no-audit --no-fund; \
	else echo "npm isn't installed: JavaScript's clients aren't run"; fi
	@touch $@
