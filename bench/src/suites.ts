import type { EngineName, EngineSet } from '@tributary/engines';
import { backlogCases } from './cases/backlog.ts';
import { startBaselines } from './cases/baseline.ts';
import { createCases } from './cases/create.ts';
import { importCases } from './cases/import.ts';
import { lagCases } from './cases/lag.ts';
import { startLive } from './cases/live.ts';
import { readCases } from './cases/read.ts';
import { startRecovery } from './cases/recovery.ts';
import { searchCases } from './cases/search.ts';
import { startCases } from './cases/start.ts';
import { startTelemetry } from './cases/telemetry.ts';
import type { Case } from './measurement.ts';
import type { StackName } from './options.ts';
import { type Stack, startStack } from './stack.ts';

/** Cases that share what has to be up for them. */
export interface Suite {
  stack: string;
  /** What the names of its cases begin with. */
  kinds: readonly string[];
  /** With the engines that run, for those that break them. */
  start(engines: EngineSet<EngineName> | null): Promise<{ cases: Case[]; stop(): Promise<void> }>;
}

export interface SuiteOptions {
  stacks: readonly StackName[];
  seconds: number;
  quick: boolean;
}

const SIZES = [1_000, 10_000, 100_000];

/** All suites. Those that only read come first: the events of the others would be projected into their catalogues. */
export function suites({ stacks, seconds, quick }: SuiteOptions): Suite[] {
  const sizes = (name: StackName) => (quick ? [name === 'embedded' ? 100_000 : 1_000] : SIZES);
  return [
    ...stacks.flatMap((name) => sizes(name).map((products) => catalogueSuite(name, products, seconds, sizes(name)))),
    ...stacks.map((name) => writeSuite(name, seconds, quick)),
    ...stacks.map((name) => backlogSuite(name, quick)),
    ...(stacks.includes('embedded') ? [startSuite()] : []),
    ...(stacks.includes('engines')
      ? [recoverySuite(quick), liveSuite(seconds, quick), telemetrySuite(seconds, quick)]
      : []),
  ];
}

/** Searches over a catalogue; reads, and what they are compared with, over the largest. */
function catalogueSuite(name: StackName, products: number, seconds: number, sizes: readonly number[]): Suite {
  const isLargest = products === sizes.at(-1);
  return {
    stack: name,
    kinds: isLargest ? ['search', 'read', 'baseline'] : ['search'],
    async start() {
      const stack = await startStack(name, { products });
      const baselines = isLargest && name === 'engines' ? await startBaselines(stack) : null;
      return {
        cases: [
          ...searchCases(stack, Math.ceil(seconds / 2), products),
          ...(isLargest ? readCases(stack, seconds, products) : []),
          ...(baselines?.cases(seconds) ?? []),
        ],
        async stop() {
          await baselines?.stop();
          await stack.stop();
        },
      };
    },
  };
}

function writeSuite(name: StackName, seconds: number, quick: boolean): Suite {
  return {
    stack: name,
    kinds: ['create', 'lag', 'import'],
    async start() {
      const stack: Stack = await startStack(name);
      const cases = createCases(stack, seconds).filter((one) => !quick || /@(1|256)$/.test(one.name));
      return {
        cases: [...cases, ...lagCases(stack, quick ? 50 : 300), ...importCases(stack, quick ? 2_000 : 10_000)],
        stop: stack.stop,
      };
    },
  };
}

function backlogSuite(name: StackName, quick: boolean): Suite {
  return {
    stack: name,
    kinds: ['backlog', 'rebuild'],
    start: async () => backlogCases(name, quick ? 10_000 : 100_000),
  };
}

function recoverySuite(quick: boolean): Suite {
  return {
    stack: 'engines',
    kinds: ['recovery'],
    async start(engines) {
      if (engines === null) throw new Error('a recovery is measured on the real engines');
      return startRecovery(engines, quick ? 1 : 10);
    },
  };
}

/** Among the last, since its events belong to no product of the others. */
function liveSuite(seconds: number, quick: boolean): Suite {
  return { stack: 'engines', kinds: ['live'], start: () => startLive({ seconds, quick }) };
}

/** Many short turns. */
function telemetrySuite(seconds: number, quick: boolean): Suite {
  return {
    stack: 'engines',
    kinds: ['telemetry'],
    start: () => startTelemetry({ seconds: quick ? 2 : 2 * seconds, quick }),
  };
}

function startSuite(): Suite {
  return { stack: 'embedded', kinds: ['start'], start: async () => ({ cases: startCases(), stop: async () => {} }) };
}
