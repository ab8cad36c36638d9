import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, observerNames, reloadPrometheus, scrapeConfiguration, startEngines } from './index.ts';
import { jaegerPorts } from './jaeger-config.ts';
import { isFree } from './ports.ts';
import { thriftBatch } from './testing/thrift-batch.ts';

const env = { ...process.env, ENGINES_DOCKER: 'never' };
const quiet = { env, report: () => {} };

describe('what watches the engines', { timeout: 240_000 }, () => {
  let folder: string;
  let configFile: string;
  let set: Awaited<ReturnType<typeof startAll>>;
  let scraped: Server;
  let target: string;

  const startAll = () => startEngines(['redis', ...observerNames], { ...quiet, prometheusConfigFile: configFile });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-observers-'));
    configFile = join(folder, 'prometheus.yml');
    scraped = createServer((request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(request.url === '/metrics' ? '# TYPE answer gauge\nanswer{of="all"} 42\n' : '');
    });
    const port = await freePort();
    await once(scraped.listen(port, '127.0.0.1'), 'listening');
    target = `127.0.0.1:${port}`;
    await writeFile(configFile, scrapeConfiguration({ jobs: {} }));
    set = await startAll();
  });

  after(async () => {
    await set?.stop();
    scraped?.close();
    await rm(folder, { recursive: true, force: true });
  });

  describe('Jaeger', () => {
    it('takes a trace by OTLP over HTTP and gives it back', async () => {
      const { otlpUrl } = set.addresses;
      const [traceId, spanId] = newIds();
      const span = {
        traceId,
        spanId,
        name: 'create a product',
        kind: 2,
        startTimeUnixNano: `${Date.now()}000000`,
        endTimeUnixNano: `${Date.now() + 5}000000`,
      };
      const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'by-otlp' } }] };
      await post(otlpUrl, JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }), 'json');
      assert.deepEqual(await storedTrace(traceId), [['by-otlp', 'create a product', spanId]]);
    });

    it('takes a trace as jaeger.thrift over HTTP and gives it back', async () => {
      const [traceId, spanId] = newIds();
      const batch = thriftBatch({
        service: 'by-thrift',
        traceId,
        spanId,
        name: 'update a product',
        startMs: Date.now(),
        durationMs: 5,
      });
      await post(set.addresses.jaegerThriftUrl, batch, 'x-thrift');
      assert.deepEqual(await storedTrace(traceId), [['by-thrift', 'update a product', spanId]]);
    });

    it('is back after it was killed, on the same ports and without its traces', async () => {
      const { jaeger } = set.engines;
      const pid = await jaeger.pid();
      await jaeger.kill();
      assert.equal(await jaeger.pid(), undefined);
      await assert.rejects(fetch(set.addresses.jaegerQueryUrl));
      await jaeger.restart();
      assert.notEqual(await jaeger.pid(), pid);
      const answer = await fetch(`${set.addresses.jaegerQueryUrl}/api/services`);
      assert.deepEqual(((await answer.json()) as { data: unknown }).data ?? [], []);
    });

    async function post(url: string, body: string | Buffer<ArrayBuffer>, type: string): Promise<void> {
      const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': `application/${type}` } });
      assert.ok(answer.ok, `${url} answered ${answer.status} ${await answer.text()}`);
    }

    /** Service, name and id of each span, once the trace is there: it waits in a batch. */
    async function storedTrace(traceId: string): Promise<string[][]> {
      const url = `${set.addresses.jaegerQueryUrl}/api/traces/${traceId}`;
      const answer = await untilFound(async () => {
        const found = await fetch(url);
        return found.status === 200 ? ((await found.json()) as { data: StoredTrace[] }) : undefined;
      });
      return answer.data.flatMap(({ spans, processes }) =>
        spans.map(({ processID, operationName, spanID }) => [
          processes[processID]?.serviceName ?? '',
          operationName,
          spanID,
        ]),
      );
    }
  });

  describe('Prometheus', () => {
    it('scrapes what its reloaded configuration names, and applies its rules', async () => {
      const rules = {
        groups: [{ name: 'own', rules: [{ record: 'answer:doubled', expr: 'answer * 2', labels: { kind: 'rule' } }] }],
      };
      await writeFile(join(folder, 'rules.yml'), JSON.stringify(rules));
      const jobs = { small: [{ target, labels: { service: 'a-service' } }] };
      await writeFile(configFile, scrapeConfiguration({ jobs, intervalMs: 200, ruleFiles: ['rules.yml'] }));
      await reloadPrometheus(set.addresses.prometheusUrl);
      const labels = { instance: target, job: 'small', of: 'all', service: 'a-service' };
      assert.deepEqual(await queried('answer'), { labels: { __name__: 'answer', ...labels }, value: '42' });
      assert.deepEqual(await queried('answer:doubled'), {
        labels: { __name__: 'answer:doubled', kind: 'rule', ...labels },
        value: '84',
      });
    });

    it('says what is wrong with a configuration, and goes on with the one before', async () => {
      const jobs = { small: [target] };
      await writeFile(configFile, scrapeConfiguration({ jobs, intervalMs: 200 }));
      await reloadPrometheus(set.addresses.prometheusUrl);
      await writeFile(configFile, '{ "globl": {} }');
      await assert.rejects(reloadPrometheus(set.addresses.prometheusUrl), {
        code: 'BAD_CONFIGURATION',
        message: /field globl not found/,
      });
      assert.equal((await queried('up{job="small"}')).value, '1');
      await writeFile(configFile, scrapeConfiguration({ jobs, intervalMs: 200 }));
    });

    it('keeps what it has scraped when it is killed', async () => {
      await writeFile(configFile, scrapeConfiguration({ jobs: {} }));
      await set.engines.prometheus.kill();
      await set.engines.prometheus.restart();
      assert.equal((await queried('last_over_time(answer[1h])')).value, '42');
    });

    it('does not start on a configuration that it refuses, and says why', async () => {
      const bad = join(folder, 'bad.yml');
      await writeFile(bad, '{ "globl": {} }');
      await assert.rejects(startEngines(['prometheus'], { ...quiet, prometheusConfigFile: bad }), {
        code: 'START_FAILED',
        message: /Prometheus did not start: it ended.*field globl not found/s,
      });
    });

    async function queried(query: string): Promise<{ labels: Record<string, string>; value: string }> {
      const url = `${set.addresses.prometheusUrl}/api/v1/query?${new URLSearchParams({ query })}`;
      return untilFound(async () => {
        const { data } = (await fetch(url).then((answer) => answer.json())) as QueryAnswer;
        const [first] = data.result;
        return first && { labels: first.metric, value: first.value[1] };
      });
    }
  });

  describe('the exporters', () => {
    it('tell of this machine', async () => {
      assert.match(await metrics(set.addresses.nodeExporterUrl), /^node_cpu_seconds_total\{cpu="0",mode="idle"\} \d/m);
    });

    it('tell of the Redis beside them, and when it is gone', async () => {
      assert.match(await metrics(set.addresses.redisExporterUrl), /^redis_up 1$/m);
      await set.engines.redis.kill();
      assert.match(await metrics(set.addresses.redisExporterUrl), /^redis_up 0$/m);
      await set.engines.redis.restart();
      assert.match(await metrics(set.addresses.redisExporterUrl), /^redis_up 1$/m);
    });

    it('tell of another Redis where one is named', async () => {
      const exportedRedisUrl = set.addresses.redisUrl;
      const own = await startEngines(['redis-exporter'], { ...quiet, exportedRedisUrl });
      try {
        assert.match(await metrics(own.addresses.redisExporterUrl), /^redis_up 1$/m);
      } finally {
        await own.stop();
      }
    });

    const metrics = (url: string) => fetch(`${url}/metrics`).then((answer) => answer.text());
  });

  it('believes no other server on the port', async () => {
    const { port, pid } = set.engines['node-exporter'];
    const whose = `a server of the same kind, which calls itself ${await pid()}`;
    await assert.rejects(startEngines(['node-exporter'], { ...quiet, ports: { 'node-exporter': port } }), {
      code: 'PORT_TAKEN',
      message: new RegExp(`port ${port} is taken .*${whose}.*ENGINES_NODE_EXPORTER_PORT`),
    });
  });

  it('leaves no process and no port behind', async () => {
    const own = await startEngines(observerNames, quiet);
    const handles = Object.values(own.engines);
    const pids = await Promise.all(handles.map((handle) => handle.pid()));
    assert.equal(pids.filter((pid) => pid !== undefined).length, observerNames.length);
    await own.engines.prometheus.freeze();
    await own.stop();
    for (const pid of pids) assert.throws(() => process.kill(pid as number, 0), { code: 'ESRCH' });
    const ports = [...Object.values(jaegerPorts(own.engines.jaeger.port)), ...handles.map(({ port }) => port)];
    for (const port of ports) assert.ok(await isFree(port), String(port));
  });
});

interface StoredTrace {
  spans: { spanID: string; operationName: string; processID: string }[];
  processes: Record<string, { serviceName: string }>;
}

interface QueryAnswer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

function newIds(): [traceId: string, spanId: string] {
  return [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
}

async function untilFound<T>(find: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    assert.ok(Date.now() < deadline, 'not found in 20 s');
    await delay(50);
  }
}
