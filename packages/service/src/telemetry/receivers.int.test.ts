import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../testing/until.ts';
import type { Report } from './testing/recording-process.ts';

interface Receiver {
  readonly url: string;
  /** Requests that have come. */
  count(): number;
  /** Requests that have no end yet. */
  open(): number;
  stop(): Promise<void>;
}

async function receiver(t: TestContext, answer: RequestListener): Promise<Receiver> {
  let [count, open] = [0, 0];
  const server = createServer((request, response) => {
    count += 1;
    open += 1;
    response.once('close', () => {
      open -= 1;
    });
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  t.after(stop);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1/traces`, count: () => count, open: () => open, stop };
}

/** A process that records as many spans as it can. */
function record(t: TestContext, exporter: string, url: string) {
  const file = fileURLToPath(new URL('testing/recording-process.ts', import.meta.url));
  const variables = { TRACES_EXPORTER: exporter, TRACES_ENDPOINT: url, TRACES_SAMPLE_RATIO: '1' };
  // What is not bounded does not fit.
  const flags = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=96'];
  const child: ChildProcess = spawn(process.execPath, [...flags, file, JSON.stringify(variables)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const reports: Report[] = [];
  createInterface(child.stdout!).on('line', (line) => reports.push(JSON.parse(line)));
  return {
    /** The latest. */
    report: () => reports.at(-1),
    async stop(): Promise<Report> {
      child.stdin!.end('stop');
      await ended;
      return reports.at(-1)!;
    },
  };
}

const QUEUE_SPANS = 4_096;
const BATCH_SPANS = 512;
const STOP_WITHIN_MS = 2_000;
/** Whatever else this machine does. */
const PATIENCE_MS = 3_000;

function assertBounded({ made, stoppedMs, results: { sent, failed, dropped } }: Report): void {
  assert(stoppedMs !== null && stoppedMs < STOP_WITHIN_MS + PATIENCE_MS, `stopped after ${stoppedMs} ms`);
  const held = made - sent - failed - dropped;
  assert(held >= 0 && held <= QUEUE_SPANS + BATCH_SPANS, `${held} spans were held when it stopped`);
  assert(dropped > 0, 'more were made than there is room for');
}

describe('what takes traces', { concurrency: 4 }, () => {
  for (const exporter of ['otlp', 'jaeger']) {
    test(`${exporter}: a receiver that takes spans is sent them, and what is too much is dropped`, async (t) => {
      const taking = await receiver(t, (request, response) => void request.once('end', () => response.end()));
      const process = record(t, exporter, taking.url);
      await until('spans have come', () => taking.count() >= 5, 30_000);
      const report = await process.stop();
      assert(report.results.sent > 400, JSON.stringify(report));
      assert.equal(report.results.failed, 0);
      assert.equal(report.results.sent + report.results.dropped, report.made);
    });

    test(`${exporter}: nobody listens: the work goes on, in as much memory as before`, async (t) => {
      const gone = await receiver(t, () => {});
      await gone.stop();
      const process = record(t, exporter, gone.url);
      await until('it has lost some, and gone on', () => (process.report()?.results.failed ?? 0) > 512, 30_000);
      const report = await process.stop();
      assert.equal(report.results.sent, 0);
      assertBounded(report);
    });

    test(`${exporter}: one that never answers is asked by one request at a time, given up, and found when it answers again`, async (t) => {
      let isMute = true;
      const mute = await receiver(t, (request, response) => {
        request.once('end', () => isMute || response.end());
      });
      const process = record(t, exporter, mute.url);
      const untilGivenUp = (times: number) => {
        const before = mute.count();
        return until(
          'requests were given up for others',
          () => {
            assert(mute.open() <= 2, `${mute.open()} requests wait for an answer`);
            return mute.count() > before + times;
          },
          60_000,
        );
      };
      await untilGivenUp(2);
      assert.equal(process.report()?.results.sent, 0);
      assert(process.report()!.results.failed > 0);
      isMute = false;
      await until('spans were sent', () => process.report()!.results.sent > 0, 30_000);
      isMute = true;
      await until('one waits for an answer', () => mute.open() > 0);
      assertBounded(await process.stop());
    });

    test(`${exporter}: one that answers 503 loses spans, and nothing else`, async (t) => {
      const unable = await receiver(t, (request, response) => {
        request.once('end', () => response.writeHead(503).end());
      });
      const process = record(t, exporter, unable.url);
      await until('it was asked again', () => unable.count() >= 3, 30_000);
      const report = await process.stop();
      assert.equal(report.results.sent, 0);
      assertBounded(report);
    });
  }
});
