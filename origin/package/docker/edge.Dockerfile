# The edge under workerd, from the packages of scripts/package, which are the build's context. It wants a proxy that terminates TLS in
# front of it, as README.md says in "In production". From the checkout's top:
#   docker build --file origin/package/docker/edge.Dockerfile --tag rekey-edge build/package/packages
# The Debian for which the packages were made.
ARG DEBIAN=12
FROM debian:${DEBIAN}-slim AS unpacked
COPY rekey_*.deb rekey-workerd_*.deb /packages/
RUN for package in /packages/*.deb; do dpkg-deb --extract "$package" /unpacked || exit 1; done

FROM debian:${DEBIAN}-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -m 700 /var/lib/rekey-edge \
 && chown 65532:65532 /var/lib/rekey-edge
COPY --from=unpacked /unpacked/usr/lib/rekey /usr/lib/rekey
COPY --from=unpacked /unpacked/usr/share/doc/rekey/copyright /usr/share/doc/rekey/copyright
COPY --from=unpacked /unpacked/usr/share/doc/rekey-workerd/copyright /usr/share/doc/rekey-workerd/copyright

USER 65532:65532
WORKDIR /
VOLUME /var/lib/rekey-edge
EXPOSE 8787
# Healthy while the Worker answers and its settings are valid: a restart would mend no origin.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8787 && printf 'GET /.well-known/change-password HTTP/1.1\\r\\nHost: localhost\\r\\n%s: 127.0.0.1\\r\\nConnection: close\\r\\n\\r\\n' \"${CLIENT_IP_HEADER:-CF-Connecting-IP}\" >&3 && read -r _ status _ <&3 && [[ $status == [234]?? ]]"]
ENTRYPOINT ["/usr/lib/rekey/edge/start", "--socket-addr=http=0.0.0.0:8787", "--directory-path=limits=/var/lib/rekey-edge"]
