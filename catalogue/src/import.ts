import type { Display } from '@tributary/service/terminal';
import { readBatches } from './batches.ts';
import { type Checkpoint, openCheckpoint, type Position } from './checkpoint.ts';
import { generatedRows } from './generator/rows.ts';
import { createLedger, NOTHING_SETTLED, type Outcome } from './ledger.ts';
import type { ImportOptions } from './options.ts';
import { progressLine, type Standing, summary } from './progress.ts';
import { openFile, type RowSource } from './reading/source.ts';
import { openRejects } from './rejects.ts';
import type { Item } from './row.ts';
import { deliver } from './sending/deliver.ts';
import { type Gateway, openGateway } from './sending/gateway.ts';
import { createPatience } from './sending/patience.ts';

export interface ImportRun {
  readonly display: Display;
  /** Ends the import early: what is in flight is finished, the rest is left for the next run. */
  readonly stopping: AbortSignal;
}

/** Without any progress for so long, an import ends; the same command continues it. */
const GIVE_UP_AFTER_MS = 120_000;
const CHECKPOINT_EVERY_MS = 2_000;
const SHOW_EVERY_MS = 100;
const EXIT = { whole: 0, rejects: 2, stopped: 130 } as const;

/**
 * Imports, and tells the exit code.
 * @throws ImportError when it cannot go on; a checkpoint is written then, too
 */
export async function runImport(options: ImportOptions, run: ImportRun): Promise<number> {
  const { source } = options;
  const rows = 'path' in source ? await openFile(source) : generatedRows(source);
  if (options.dryRun) return importRows(options, rows, run, null);

  const gateway = await openGateway({ url: options.url, connections: options.concurrency });
  try {
    return await importRows(options, rows, run, gateway);
  } finally {
    await gateway.close();
  }
}

/** @param gateway null only checks the rows */
async function importRows(
  options: ImportOptions,
  source: RowSource,
  { display, stopping }: ImportRun,
  gateway: Gateway | null,
): Promise<number> {
  const checkpoint = gateway && openCheckpoint(options);
  const earlier = gateway && checkpoint && (await positionToContinue(checkpoint, gateway));
  if (earlier) display.say(`continuing after row ${earlier.settled.rows} (${options.checkpoint})`);

  const rejects = openRejects(options.rejects, earlier?.rejectsBytes ?? 0);
  const ledger = createLedger(earlier?.settled ?? NOTHING_SETTLED, rejects.add);
  const patience = createPatience(GIVE_UP_AFTER_MS);
  const failed = new AbortController();
  const ended = AbortSignal.any([stopping, failed.signal]);
  const { batches, rows } = readBatches(source, options.batch, ledger, ended);
  const settle = ({ row }: Item, outcome: Outcome) => ledger.settle(row, outcome);

  async function work(): Promise<void> {
    for await (const items of batches)
      if (gateway) await deliver(items, { gateway, patience, settle, stopping: ended });
      else for (const item of items) settle(item, outcomeUnsent(item));
  }
  /** The first failure is the one to tell; the others finish what they have in flight. */
  const fail = (error: unknown) => failed.abort(error);

  const save = () => checkpoint?.write({ settled: ledger.settled(), rejectsBytes: rejects.bytes() });
  const startedMs = performance.now();
  const standing = (): Standing => ({
    counts: ledger.counts(),
    rowsBefore: earlier?.settled.rows ?? 0,
    read: { rows: rows(), share: source.share() },
    elapsedMs: performance.now() - startedMs,
    trouble: patience.trouble(),
  });
  // Once before anything is sent: where it cannot be written, that is the time to say so.
  save();
  const timers = [
    setInterval(() => display.show(() => progressLine(standing())), SHOW_EVERY_MS),
    setInterval(() => attempt(save, fail), CHECKPOINT_EVERY_MS),
  ];
  try {
    await Promise.all(Array.from({ length: options.concurrency }, () => work().catch(fail)));
    failed.signal.throwIfAborted();
  } finally {
    for (const timer of timers) clearInterval(timer);
    display.clear();
    if (ended.aborted) save();
    else checkpoint?.remove();
    rejects.close();
  }
  if (stopping.aborted) display.say(`stopped after row ${ledger.settled().rows}; the same command continues. So far:`);
  else display.say(options.dryRun ? 'checked, nothing was sent:' : 'imported:');
  display.say(summary(standing(), options.rejects.path));
  if (stopping.aborted) return EXIT.stopped;
  return ledger.counts().rejected > 0 ? EXIT.rejects : EXIT.whole;
}

/** What would become of a row if it were sent, as far as the catalogue tells. */
function outcomeUnsent({ isThere, productId }: Item): Outcome {
  return { kind: isThere ? 'repeated' : 'accepted', productId };
}

function attempt(task: () => void, onError: (error: unknown) => void): void {
  try {
    task();
  } catch (error) {
    onError(error);
  }
}

/** What an earlier run left, if the gateway still has what it brought there: its stores may have been emptied since. */
async function positionToContinue(checkpoint: Checkpoint, gateway: Gateway): Promise<Position | null> {
  const found = checkpoint.read();
  if (!found?.settled.lastProductId) return null;
  const [answer] = await gateway.look([found.settled.lastProductId]);
  return answer && 'value' in answer && answer.value ? found : null;
}
