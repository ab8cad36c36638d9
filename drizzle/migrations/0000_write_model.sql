CREATE TABLE "consumer_positions" (
	"consumer" text NOT NULL,
	"topic" text NOT NULL,
	"partition" integer NOT NULL,
	"next_offset" bigint NOT NULL,
	CONSTRAINT "consumer_positions_consumer_topic_partition_pk" PRIMARY KEY("consumer","topic","partition")
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"command_id" uuid PRIMARY KEY NOT NULL,
	"caller" text,
	"idempotency_key" text,
	"body_hash" "bytea",
	"causation_id" uuid,
	"aggregate_id" uuid,
	"version" bigint NOT NULL,
	"deleted" boolean NOT NULL,
	"rejection_code" text,
	"rejection_message" text,
	"rejection_field" text,
	"rejection_version" bigint,
	"handled_at_ms" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"topic" text NOT NULL,
	"key" text NOT NULL,
	"version" bigint NOT NULL,
	"value" "bytea" NOT NULL,
	"headers" jsonb NOT NULL,
	"source_partition" integer NOT NULL,
	"created_at_ms" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "products" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" bigint NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"price" numeric(15, 4) NOT NULL,
	"created_at_ms" bigint NOT NULL,
	"updated_at_ms" bigint NOT NULL,
	"deleted_at_ms" bigint,
	CONSTRAINT "products_version_from_1" CHECK ("products"."version" >= 1),
	CONSTRAINT "products_price_not_negative" CHECK ("products"."price" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_idempotency_key" ON "inbox" USING btree ("caller","idempotency_key") WHERE "inbox"."idempotency_key" is not null;--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "inbox" USING btree ("handled_at_ms");--> statement-breakpoint
CREATE INDEX "outbox_key" ON "outbox" USING btree ("key","id");