import { type Case, type Measurement, medianOf } from './measurement.ts';

export interface Result {
  /** What the case ran on. */
  stack: string;
  name: string;
  against?: string;
  median: Measurement;
  runs: Measurement[];
}

export interface RunOptions {
  stack: string;
  rounds: number;
  /** Told of each run. */
  report(text: string): void;
}

/** Runs the cases in turn, for several rounds, so that what disturbs the machine disturbs all of them alike. */
export async function runCases(cases: readonly Case[], { stack, rounds, report }: RunOptions): Promise<Result[]> {
  const results = cases.map(
    ({ name, against }): Result => ({ stack, name, ...(against !== undefined && { against }), median: {}, runs: [] }),
  );
  // What runs for the first time is compiled meanwhile: that round is not counted.
  for (const one of cases) {
    if (!one.warmsUp) continue;
    await one.run();
    report(`${stack}, warmed up: ${one.name}`);
  }
  for (let round = 1; round <= rounds; round += 1)
    for (const [index, one] of cases.entries()) {
      const measured = await one.run();
      results[index]?.runs.push(measured);
      report(`${stack}, round ${round} of ${rounds}: ${one.name}: ${brief(measured)}`);
    }
  return results.map((result) => ({ ...result, median: medianOf(result.runs) }));
}

function brief({ perSecond, p50Ms, failures, figures }: Measurement): string {
  const parts = [
    perSecond !== undefined && `${Math.round(perSecond)}/s`,
    p50Ms !== undefined && `p50 ${p50Ms.toFixed(1)} ms`,
    ...Object.entries(figures ?? {}).map(
      ([name, value]) => `${value < 100 ? Number(value.toPrecision(3)) : Math.round(value)} ${name}`,
    ),
    failures !== undefined && failures > 0 && `${failures} FAILURES`,
  ];
  return parts.filter(Boolean).join(', ');
}
