import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Deployment, startDeployment } from '@tributary/e2e';
import {
  type EngineSet,
  engineAddresses,
  reloadPrometheus,
  type ScrapeOptions,
  scrapeConfiguration,
  startEngines,
} from '@tributary/engines';
import { until } from '@tributary/service/testing';
import { dashboards } from './dashboards/index.ts';
import { filledIn } from './dashboards/variables.ts';
import { type Load, startLoad } from './live/load.ts';
import { mayBeEmpty } from './live/may-be-empty.ts';
import { createPrometheusClient, type PrometheusClient, type RuleState, type Sample } from './live/prometheus.ts';
import { hostAlerts } from './rules/alerts/host.ts';
import { alertGroups } from './rules/alerts/index.ts';
import { recordingGroups } from './rules/recording.ts';

const SCRAPE_INTERVAL_MS = 1_000;
const RATE_INTERVAL = '30s';
const ANSWERED_WITHIN_MS = 90_000;
const QUIET_WITHIN_MS = 60_000;

const rules = join(import.meta.dirname, '..', 'prometheus', 'rules', '*.yml');
const recordings = recordingGroups.flatMap((group) => group.rules);
const panelQueries = dashboards.flatMap(({ title, rows }) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap((panel) =>
      panel.queries.map(({ expr, legend }) => ({ name: `${title} / ${panel.title} / ${legend}`, expr })),
    ),
  ),
);

/** Host alerts tell of the machine that the test runs on. */
const aboutUs = alertGroups.filter((group) => group !== hostAlerts).flatMap(({ alerts }) => alerts);

let deployment: Deployment;
let observers: EngineSet<'prometheus' | 'node-exporter' | 'redis-exporter'>;
let prometheus: PrometheusClient;
let load: Load;
let folder: string;
let answers: ReadonlyMap<string, readonly Sample[]>;
let ruleStates: readonly RuleState[];

before(async () => {
  const { redisUrl } = await engineAddresses(['redis']);
  folder = await mkdtemp(join(tmpdir(), 'tributary-monitoring-'));
  const prometheusConfigFile = join(folder, 'prometheus.yml');
  const configure = (jobs: ScrapeOptions['jobs']) =>
    writeFile(prometheusConfigFile, scrapeConfiguration({ jobs, intervalMs: SCRAPE_INTERVAL_MS, ruleFiles: [rules] }));
  await configure({});
  [deployment, observers] = await Promise.all([
    startDeployment(1),
    startEngines(['prometheus', 'node-exporter', 'redis-exporter'], {
      prometheusConfigFile,
      exportedRedisUrl: redisUrl,
    }),
  ]);
  const { prometheusUrl, nodeExporterUrl, redisExporterUrl } = observers.addresses;
  await configure({
    ...Object.fromEntries(deployment.services.map(({ service, adminUrl }) => [service, [new URL(adminUrl).host]])),
    'node-exporter': [new URL(nodeExporterUrl).host],
    'redis-exporter': [new URL(redisExporterUrl).host],
    prometheus: [new URL(prometheusUrl).host],
  });
  await reloadPrometheus(prometheusUrl);
  prometheus = createPrometheusClient(prometheusUrl);
  load = await startLoad(deployment);
  answers = await answersOf([...panelQueries, ...recordings.map(({ record }) => ({ name: record, expr: record }))]);
  ruleStates = await prometheus.rules();
});

after(async () => {
  await load?.stop().catch(() => {});
  await Promise.all([deployment?.discard(), observers?.stop()]);
  if (folder) await rm(folder, { recursive: true });
});

/** Asks until each has an answer, or, for so long, most; under way the load goes on. */
async function answersOf(
  queries: readonly { name: string; expr: string }[],
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const found = new Map<string, readonly Sample[]>();
  const missing = () => queries.filter(({ name }) => !isAnswered(found.get(name)) && !(name in mayBeEmpty));
  const ask = async (asked: typeof queries) => {
    for (const { name, expr } of asked) found.set(name, await prometheus.query(filledIn(expr, RATE_INTERVAL)));
  };
  const allAnswered = async () => {
    await ask(missing());
    return missing().length === 0;
  };
  await until('every query has an answer', allAnswered, ANSWERED_WITHIN_MS).catch(() => {}); // each test tells of its own
  await ask(queries.filter(({ name }) => name in mayBeEmpty));
  return found;
}

function isAnswered(samples: readonly Sample[] | undefined): boolean {
  return samples?.some(({ value }) => !Number.isNaN(value)) ?? false;
}

test('every process and exporter is scraped', async () => {
  for (const { labels, health, lastError } of await prometheus.targets())
    assert.equal(health, 'up', `${labels.job}: ${lastError}`);
});

describe('panels are answered by Prometheus', () => {
  for (const { name } of panelQueries)
    test(name, () => {
      const samples = answers.get(name);
      assert(samples);
      assert(isAnswered(samples) || name in mayBeEmpty, `empty: ${JSON.stringify(samples)}`);
    });

  test('those that may be empty are panels', () => {
    const names = panelQueries.map(({ name }) => name);
    assert.deepEqual(
      Object.keys(mayBeEmpty).filter((name) => !names.includes(name)),
      [],
    );
  });

  test('variables have values', async () => {
    for (const { title, variables } of dashboards)
      for (const { query } of variables) {
        const [, series, label] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
        const samples = await prometheus.query(series as string);
        assert(samples.length > 0 && samples.every(({ metric }) => metric[label as string]), `${title}: ${query}`);
      }
  });
});

describe('rules are evaluated by Prometheus', () => {
  for (const { record } of recordings) test(record, () => assert(isAnswered(answers.get(record)), record));

  test('none fails', () => {
    assert.equal(ruleStates.length, recordings.length + alertGroups.flatMap(({ alerts }) => alerts).length);
    for (const { name, health, lastError } of ruleStates) assert.equal(health, 'ok', `${name}: ${lastError}`);
  });

  test('no alert fires on a stack that is well, and none is about to once it has started', async () => {
    const names = aboutUs.map(({ name }) => name);
    let raised: readonly string[] = [];
    // While it starts, what is published is not decided yet, and what lies in the topics is not read.
    const isQuiet = async () => {
      const states = (await prometheus.rules()).filter(
        ({ name, state }) => names.includes(name) && state !== 'inactive',
      );
      raised = states.map(({ name, state }) => `${name} ${state}`);
      return raised.length === 0 || states.some(({ state }) => state === 'firing');
    };
    await until('no alert is raised', isQuiet, QUIET_WITHIN_MS).catch(() => {}); // it is told which one is
    assert.deepEqual(raised, []);
  });
});

test('the load went as it should', () => load.stop());
