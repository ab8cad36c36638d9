# One image for every service and job: what it runs is given as the command, such as `gateway/src/main.ts`.

FROM node:24.21.0-bookworm-slim AS base
WORKDIR /app

# What decides which packages are installed, alone, so that a change of source installs nothing again.
FROM base AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

# No package needs its install script to run here.
FROM manifests AS packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM manifests AS all-packages
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund

# Sources are mounted over these by compose.yml, and a change of them starts the services again.
FROM base AS development
COPY --from=all-packages /app ./
COPY . .
USER node
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "--disable-warning=TimeoutNegativeWarning"]
CMD ["dev/src/main.ts"]

# The files belong to root, so that the services cannot change them. The heap is bounded by the container's memory.
FROM base AS production
ENV NODE_ENV=production
COPY --from=packages /app ./
COPY . .
USER node
ENTRYPOINT ["node", "--max-old-space-size-percentage=70", "--disable-warning=ExperimentalWarning", "--disable-warning=TimeoutNegativeWarning"]
CMD ["standalone/src/main.ts", "--help"]
