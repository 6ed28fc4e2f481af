# The gateway with its own Java runtime, on a base without a shell or a package manager.
#   docker build -t ollama-gateway .
#   docker run -p 8080:8080 -v ./config.json:/config.json ollama-gateway

# Both need the same C library: glibc.
ARG BUILD_IMAGE=maven:3.9-eclipse-temurin-25
ARG BASE_IMAGE=gcr.io/distroless/base-nossl-debian12

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN jlink/with-jdk mvn -B -ntp -q -pl modules/app -am package -Dmaven.test.skip=true \
 && jlink/with-jdk jlink/link modules/app/target/modules /opt/ollama-gateway

FROM ${BASE_IMAGE}
COPY --from=build /opt/ollama-gateway /opt/ollama-gateway
# Owned by the gateway's user, who writes new keys into it.
COPY --chown=65532:65532 config.json /config.json
USER 65532:65532
WORKDIR /
EXPOSE 8080
# What bin/ollama-gateway does, without a shell. JDK_JAVA_OPTIONS holds further options of the JVM.
ENTRYPOINT ["/opt/ollama-gateway/bin/java", \
    "-XX:AOTCache=/opt/ollama-gateway/lib/ollama-gateway.aot", \
    "-m", "ollama.gateway.app/ollama.gateway.app.Main"]
