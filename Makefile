# Names that users of other systems of this kind know. Each is an npm script, which README.md and docs/developing.md explain, or
# a step of running in containers, which docs/running.md explains.
.DEFAULT_GOAL := help
.PHONY: help local docker_dev env docker_up docker_down migrate_up migrate_down mongo topics proto swagger test bench

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z_]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

local: ## run every service for development on the real engines, restarted on change
	@npm run dev

docker_dev: ## the same, with the engines in Docker
	@ENGINES_DOCKER=always npm run dev

env: ## make .env with fresh secrets for docker compose, unless it is there
	@sh deploy/env.sh

docker_up: ## run everything in containers, which needs Docker and .env
	@docker compose --profile all up --build --wait

docker_down: ## stop and remove the containers; their data stays
	@docker compose --profile all --profile dev down

migrate_up: ## apply the migrations of PostgreSQL that are missing
	@npm run migrate -- up

migrate_down: ## undo the newest migration, with what it holds; asks first
	@npm run migrate -- down

mongo: ## make the indexes of MongoDB that are missing, and show all
	@npm run mongo

topics: ## create and check the topics of Kafka, and show them
	@npm run topics

proto: ## generate the code of the protobuf contracts
	@npm run proto

swagger: ## print the OpenAPI document of the REST facade
	@npm run --silent swagger

test: ## run all checks and tests
	@npm run test

bench: ## measure both stacks
	@npm run bench
