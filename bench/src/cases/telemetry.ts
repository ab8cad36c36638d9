import { setTimeout as delay } from 'node:timers/promises';
import { idAt } from '../catalogue.ts';
import { startChild } from '../live/child.ts';
import { load, type Request } from '../load.ts';
import type { Case } from '../measurement.ts';
import { type Stack, startStack } from '../stack.ts';
import { environmentOf, type Variant, variants } from '../telemetry/variants.ts';
import { usedBy } from '../usage.ts';
import { createBody } from './create.ts';
import { readBody } from './read.ts';

const CONNECTIONS = 32;
const PRODUCTS = 1_000;
const HOT_PRODUCTS = 100;
/** Longer than spans wait for others to be sent with. */
const REST_MS = 1_200;

interface Operation {
  /** Who takes part: the others would only add what they do when they have nothing to do. */
  readonly services: readonly string[];
  request(n: number): Request;
  isRight(body: string): boolean;
}

const operations: Readonly<Record<string, Operation>> = {
  read: {
    services: ['gateway', 'products-query', 'projector'],
    request: (n) => ({ method: 'POST', path: '/graphql', body: readBody(idAt(n % HOT_PRODUCTS)) }),
    isRight: (body) => body.includes('"name":'),
  },
  create: {
    services: ['gateway', 'products-command', 'writer', 'projector'],
    request: (n) => ({ method: 'POST', path: '/graphql', body: createBody(n, 'OUTCOME') }),
    isRight: (body) => body.includes('"state":"COMMITTED"'),
  },
};

interface Running {
  readonly variant: Variant;
  readonly stack: Stack;
  /** Spans that have come from it so far. */
  spans(): Promise<number>;
}

export interface TelemetryOptions {
  /** How long each turn of a variant is. */
  readonly seconds: number;
  /** Without the minor variants. */
  readonly quick: boolean;
}

/**
 * The same services in several variants, all up at once: each is loaded for a moment in turn, so that what disturbs the machine
 * disturbs all of them, and costs nothing while another is.
 */
export async function startTelemetry({ seconds, quick }: TelemetryOptions): Promise<{
  cases: Case[];
  stop(): Promise<void>;
}> {
  const sink = await startChild({ name: 'sink', file: '../telemetry/sink-process.ts' });
  const url = await sink.ask<string>('url');
  const running: Running[] = [];
  const chosen = variants.filter(({ isMinor }) => !quick || !isMinor);
  for (const [n, variant] of chosen.entries()) {
    const path = `/variant-${n}`;
    const env = environmentOf(variant, { n, sinkUrl: `${url}${path}` });
    const stack = await startStack('engines', { products: PRODUCTS, env });
    running.push({ variant, stack, spans: () => sink.ask('spans', path) });
  }
  return {
    cases: Object.entries(operations).flatMap(([name, operation]) =>
      running.map((one): Case => {
        const caseOf = (variant: string) => `telemetry ${name}, ${variant}`;
        return {
          name: caseOf(one.variant.name),
          comparedWith: one.variant.comparedWith.map(caseOf),
          warmsUp: true,
          run: () => measure(one, operation, seconds),
        };
      }),
    ),
    async stop() {
      for (const { stack } of running) await stack.stop();
      await sink.stop();
    },
  };
}

async function measure({ variant, stack, spans }: Running, operation: Operation, seconds: number) {
  const before = await spans();
  const { services, request, isRight } = operation;
  const processes = stack.processes.filter(({ name }) => services.includes(name));
  const measured = await usedBy(processes, async () => {
    const loaded = await load({ url: stack.url, connections: CONNECTIONS, seconds, request, isRight });
    // To send the last spans is part of their price.
    await delay(REST_MS);
    return loaded;
  });
  const sent = (await spans()) - before;
  if (!variant.traces) {
    if (sent > 0) throw new Error(`${variant.name}: ${sent} spans were sent all the same`);
    return measured;
  }
  return { ...measured, figures: { 'spans per operation': sent / Math.max(1, measured.operations) } };
}
