# The origin, from the packages of scripts/package, which are the build's context. Settings come from the environment, secrets from files
# (NAME_FILE). From the checkout's top:
#   docker build --file origin/package/docker/origin.Dockerfile --tag rekey-origin build/package/packages
# The Debian for which the packages were made.
ARG DEBIAN=12
FROM debian:${DEBIAN}-slim

# The package makes secrets when it is installed: they go in the same layer, with the edge's files.
RUN --mount=type=bind,target=/packages apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /packages/rekey_*.deb \
 && rm -rf /var/lib/apt/lists/* /etc/rekey /usr/lib/rekey

USER 65532:65532
WORKDIR /
ENV ORIGIN_LISTEN=0.0.0.0:8080 OPS_LISTEN=0.0.0.0:9090
EXPOSE 8080 9090
# Healthy while it answers at all: a restart would mend neither the database nor the relay. /readyz is for a load balancer.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${OPS_LISTEN##*:} && printf 'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [[ $status == [1-5]?? ]]"]
ENTRYPOINT ["rekey-origin"]
CMD ["serve"]
