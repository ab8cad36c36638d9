import type { Engine, EngineName } from './engine.ts';
import { kafka } from './kafka.ts';
import { mongo } from './mongo.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';

export const catalogue: Readonly<Record<EngineName, Engine>> = { kafka, postgres, mongo, redis };
