# The service in a container (docs/administration.md, "In a container"). Built where there is a network:
#   docker build -t mqi-communicator .
FROM node:20-bookworm AS build
WORKDIR /src
COPY package.json package-lock.json ./
# SQLite is compiled here where there is no prebuilt one: this image has python3, make, g++ and Node's headers, which need
# not be fetched from nodejs.org then.
ENV npm_config_nodedir=/usr/local
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ormconfig.ts ./
COPY scripts scripts
COPY src src
RUN node scripts/build.mjs && npm prune --omit=dev

FROM node:20-bookworm-slim
# For jobs on hosts reached by SSH, and for time zones in DICOM times.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends openssh-client tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 mqi \
 && useradd --system --uid 10001 --gid mqi --home-dir /var/lib/mqi --no-create-home --shell /usr/sbin/nologin mqi \
 && install -d -o mqi -g mqi -m 750 /var/lib/mqi
WORKDIR /opt/mqi
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist/ormconfig.js dist/
COPY --from=build /src/dist/src dist/src
COPY --from=build /src/dist/program dist/program
COPY --from=build /src/dist/page dist/page
COPY --from=build /src/scripts/mqi.mjs scripts/
COPY config config
RUN ln -s /opt/mqi/scripts/mqi.mjs /usr/local/bin/mqi
ENV NODE_ENV=production MQI_ROOT=/var/lib/mqi
USER mqi
WORKDIR /var/lib/mqi
VOLUME /var/lib/mqi
# Without encryption, on the container's own loopback; with web.tls or another web.port, give another check.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8321/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["mqi"]
CMD ["start"]
