# The gateway with its own Java runtime, and of a system nothing but the C library and a user.
#   docker build -t ollama-gateway .
#   docker run --rm -v ./config.json:/config.json ollama-gateway key new --admin
#   docker run -p 8080:8080 -v ./config.json:/config.json -v gateway-state:/state ollama-gateway
# With `--build-arg IMAGE=full -t ollama-gateway:1.0.0-full` also what orders certificates (tls.acme) and
# shares limits with other gateways (shared).

# A JDK 25 with Maven, on glibc.
ARG BUILD_IMAGE=maven:3.9-eclipse-temurin-25
# What the result stands on: nothing. Anything with a C library as new as the build's will do.
ARG BASE_IMAGE=scratch

FROM ${BUILD_IMAGE} AS build
# Or full.
ARG IMAGE=plain
WORKDIR /src
COPY . .
RUN case "$IMAGE" in \
      plain) set -- app ;; \
      full) set -- full ollama.gateway.acme ollama.gateway.valkey ;; \
      *) echo "IMAGE is plain or full, not $IMAGE" >&2; exit 1 ;; \
    esac \
 && jlink/with-jdk mvn -B -ntp -q -pl "modules/$1" -am package -Dmaven.test.skip=true \
 && jlink/with-jdk jlink/link "modules/$1/target/modules" /root-of-image/opt/ollama-gateway ${2:-} ${3:-} \
 && jlink/root /root-of-image \
 && mkdir /state-of-image

FROM ${BASE_IMAGE}
COPY --from=build /root-of-image /
# Owned by the gateway's user, who writes new keys into it; mount your own over it.
COPY --chown=65532:65532 config.json /config.json
# What keys use is kept here; mount a volume, or it goes with the container.
COPY --from=build --chown=65532:65532 /state-of-image /state
ENV STATE_DIRECTORY=/state
USER 65532:65532
WORKDIR /
EXPOSE 8080
STOPSIGNAL SIGTERM
# What bin/ollama-gateway does, without a shell. JDK_JAVA_OPTIONS holds further options of the JVM.
ENTRYPOINT ["/opt/ollama-gateway/bin/java", \
    "-XX:AOTCache=/opt/ollama-gateway/lib/ollama-gateway.aot", \
    "-m", "ollama.gateway.app/ollama.gateway.app.Main"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s \
    CMD ["/opt/ollama-gateway/bin/java", \
    "-XX:AOTCache=/opt/ollama-gateway/lib/ollama-gateway.aot", \
    "-m", "ollama.gateway.app/ollama.gateway.app.Main", "health"]
