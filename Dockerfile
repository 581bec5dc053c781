# The gateway on its data volume. The npm package that carries a Node runtime is taken out in the same layer, since the base
# image brings one. `--omit=optional` would be simpler but would also leave out the native checksum code.
FROM node:24-bookworm-slim

ENV NODE_ENV=production
WORKDIR /opt/hypergate

COPY package.json package-lock.json .npmrc LICENSE ./
COPY gateway ./gateway
COPY node ./node
COPY services ./services
COPY openapi ./openapi
COPY compat-tests/package.json ./compat-tests/package.json
RUN npm ci --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/node node_modules/.bin/node \
 && npm cache clean --force \
 && mkdir -p /data && chown node:node /data

# In a container all interfaces are listened on and the host decides what it publishes, so default credentials are never used:
# own ones are generated at the first start, kept in the volume and printed.
ENV HYPERGATE_CONTAINER=1 \
    HYPERGATE_HOST=0.0.0.0 \
    HYPERGATE_ADMIN_HOST=0.0.0.0 \
    HYPERGATE_DATA_DIR=/data

USER node
VOLUME /data
EXPOSE 4566 4570 6379
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4570/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "gateway/server/hypergate.mjs"]
CMD ["start"]
