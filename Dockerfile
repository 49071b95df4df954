# Built with everything, run with what serving needs.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY config config
COPY migrations migrations
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production PORT=3030
WORKDIR /app
# The embedded database's place, for who runs without DATABASE_URL: mount a volume there, or it goes with the container.
RUN mkdir .data && chown node:node .data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/config config
COPY --from=build /app/dist dist
USER node
EXPOSE 3030
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm, so that signals arrive: the process drains on SIGTERM and exits within ten seconds.
CMD ["node", "dist/src/index.js"]
