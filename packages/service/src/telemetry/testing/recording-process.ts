/**
 * Records spans without end, by the variables that its argument holds, and tells on a line now and then what became of them. Told
 * anything, it stops its telemetry and says how long that took.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createRegistry } from '../../admin.ts';
import { newTraceContext } from '../../trace-context.ts';
import { startSpan, stopTelemetry } from '../index.ts';
import { registerTelemetry } from '../register.ts';

export interface Report {
  readonly made: number;
  readonly results: { readonly sent: number; readonly failed: number; readonly dropped: number };
  /** Null while it records. */
  readonly stoppedMs: number | null;
}

const SPANS_PER_TURN = 50;
const TELLS_EVERY_MS = 100;

await registerTelemetry({ service: 'recording', env: JSON.parse(process.argv[2]!) });
const counted = createRegistry().getSingleMetric('tributary_traces_spans_total');
let made = 0;

async function tell(stoppedMs: number | null): Promise<void> {
  const { values = [] } = (await counted?.get()) ?? {};
  const results = Object.fromEntries(values.map(({ labels, value }) => [labels.result, value]));
  process.stdout.write(`${JSON.stringify({ made, results, stoppedMs })}\n`);
}

let isTold = false;
void once(process.stdin, 'data').then(() => {
  isTold = true;
});
let toldMs = 0;
while (!isTold) {
  for (let n = 0; n < SPANS_PER_TURN; n++)
    startSpan('work', { parent: newTraceContext(), attributes: { 'work.number': n } }).end();
  made += SPANS_PER_TURN;
  if (performance.now() - toldMs > TELLS_EVERY_MS) {
    await tell(null);
    toldMs = performance.now();
  }
  await delay(1);
}
const stopMs = performance.now();
await stopTelemetry();
await tell(Math.round(performance.now() - stopMs));
process.exit();
