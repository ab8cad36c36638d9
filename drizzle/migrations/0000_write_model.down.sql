DROP TABLE "products";
--> statement-breakpoint
DROP TABLE "outbox";
--> statement-breakpoint
DROP TABLE "inbox";
--> statement-breakpoint
DROP TABLE "consumer_positions";
