import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ScrapeOptions, scrapeConfiguration } from '@tributary/engines';
import { scrapeFile, traceVariables } from './observe.ts';
import { services } from './services.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ports = { jaeger: 1, prometheus: 2, 'node-exporter': 3, 'redis-exporter': 4 };
const addresses = { otlpUrl: 'http://jaeger/otlp', jaegerThriftUrl: 'http://jaeger/thrift' };

/** The names of its jobs. */
const jobsOf = (text: string) => (JSON.parse(text).scrape_configs as { job_name: string }[]).map((job) => job.job_name);

test('Prometheus scrapes every admin port, where it is, and what watches the engines', () => {
  const [writer] = services;
  const options = { root: '/project', services: [writer], portOffset: 100, host: '127.0.0.1', redisUrl: 'redis://r' };
  const jobs: ScrapeOptions['jobs'] = {
    writer: ['127.0.0.1:9503'],
    'node-exporter': ['127.0.0.1:3'],
    'redis-exporter': ['127.0.0.1:4'],
    prometheus: ['127.0.0.1:2'],
  };
  const ruleFiles = ['/project/monitoring/prometheus/rules/*.yml'];
  assert.equal(scrapeFile(options, ports), scrapeConfiguration({ jobs, ruleFiles }));
  const without = scrapeFile({ ...options, redisUrl: undefined }, ports);
  assert.deepEqual(jobsOf(without), ['writer', 'node-exporter', 'prometheus']);
});

test('the jobs are those of the Prometheus in a container, since alerts and dashboards go by their names', () => {
  const options = { root, services, portOffset: 0, host: '127.0.0.1', redisUrl: 'redis://r' };
  const inContainer = readFileSync(`${root}monitoring/prometheus/prometheus.yml`, 'utf8');
  const names = [...inContainer.matchAll(/job_name: ([\w-]+)/g)].map(([, name = '']) => name);
  assert.deepEqual(jobsOf(scrapeFile(options, ports)).sort(), names.sort());
});

test('every trace goes to Jaeger by OTLP unless the environment says otherwise', () => {
  const usual = { TRACES_EXPORTER: 'otlp', TRACES_ENDPOINT: addresses.otlpUrl, TRACES_SAMPLE_RATIO: '1' };
  assert.deepEqual(traceVariables({}, addresses), usual);
  assert.deepEqual(traceVariables({ TRACES_EXPORTER: 'jaeger', TRACES_SAMPLE_RATIO: '0.1' }, addresses), {
    TRACES_EXPORTER: 'jaeger',
    TRACES_ENDPOINT: addresses.jaegerThriftUrl,
    TRACES_SAMPLE_RATIO: '0.1',
  });
  assert.equal(traceVariables({ TRACES_ENDPOINT: 'http://mine' }, addresses).TRACES_ENDPOINT, 'http://mine');
});
