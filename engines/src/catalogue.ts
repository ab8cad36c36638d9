import type { AnyEngineName, Engine } from './engine.ts';
import { jaeger } from './jaeger.ts';
import { kafka } from './kafka.ts';
import { mongo } from './mongo.ts';
import { nodeExporter } from './node-exporter.ts';
import { postgres } from './postgres.ts';
import { prometheus } from './prometheus.ts';
import { redis } from './redis.ts';
import { redisExporter } from './redis-exporter.ts';

export const catalogue: Readonly<Record<AnyEngineName, Engine>> = {
  kafka,
  postgres,
  mongo,
  redis,
  jaeger,
  prometheus,
  'node-exporter': nodeExporter,
  'redis-exporter': redisExporter,
};
