import { createBody } from '../cases/create.ts';
import { readBody } from '../cases/read.ts';
import { idAt } from '../catalogue.ts';

/** What the system is loaded with. */
export interface Operation {
  /** Of the gateway alone, before a subgraph that has its answer ready. */
  readonly ofGateway?: boolean;
  /** Who takes part: the others would only add what they do when they have nothing to do. */
  readonly services: readonly string[];
  /** How many are begun each second: what the machine does easily, since what it costs to be late is not what is asked for. Absent: as many as it can. */
  readonly perSecond?: number;
  /** The body of the n-th request. */
  body(n: number): string;
  isRight(body: string): boolean;
}

export const PRODUCTS = 1_000;
const HOT_PRODUCTS = 100;

export const operations = {
  'gateway alone': {
    ofGateway: true,
    services: ['gateway'],
    body: (n) => readBody(idAt(n % HOT_PRODUCTS)),
    isRight: (body) => body.includes('"name":'),
  },
  read: {
    services: ['gateway', 'products-query', 'projector'],
    perSecond: 800,
    body: (n) => readBody(idAt(n % HOT_PRODUCTS)),
    isRight: (body) => body.includes('"name":'),
  },
  create: {
    services: ['gateway', 'products-command', 'writer', 'projector'],
    perSecond: 200,
    body: (n) => createBody(n, 'OUTCOME'),
    isRight: (body) => body.includes('"state":"COMMITTED"'),
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof operations;

export function operationOf(name: OperationName): Operation {
  return operations[name];
}
