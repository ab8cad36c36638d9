#!/bin/sh
# Makes .env, which docker compose reads, with fresh secrets. One that is there stays as it is.
set -eu
cd "$(dirname "$0")/.."

if [ -e .env ]; then
  echo ".env is there already: it stays as it is"
  exit 0
fi
secret() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }
umask 077
cat > .env.new <<END
# Read by docker compose. Made by deploy/env.sh; not for git.
# What is started when no --profile is given: all, dev or engines.
COMPOSE_PROFILES=all
# docs/configuration.md explains both.
CURSOR_KEYS=first:$(secret)
ADMIN_TOKEN=$(secret)
END
mv .env.new .env
echo "made .env with fresh secrets"
