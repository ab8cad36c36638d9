import type { Logger, ReadinessCheck } from '@tributary/service';
import type { FastifyInstance } from 'fastify';
import type { Execute } from './operations.ts';

/** What a part of the system needs to do its job, for the home page. */
export interface Part {
  readonly name: string;
  readonly checks: readonly ReadinessCheck[];
}

/** What the routes beside /graphql are given. */
export interface GatewayDeps {
  readonly execute: Execute;
  readonly logger: Logger;
  /** What the gateway itself needs. */
  readonly checks: readonly ReadinessCheck[];
  /** The parts whose health the home page shows; the gateway alone unless told otherwise. */
  readonly parts: readonly Part[];
  readonly config: {
    /** Where this process serves /metrics and /readyz; null when it serves none. */
    readonly adminPort: number | null;
  };
}

/** Routes of one subject. */
export type Plugin = (app: FastifyInstance, deps: GatewayDeps) => Promise<void>;
