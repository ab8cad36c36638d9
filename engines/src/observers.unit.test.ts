import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesFrom } from './addresses.ts';
import { engineOf } from './home.ts';
import { jaegerConfig, jaegerPorts } from './jaeger-config.ts';
import { scrapeConfiguration } from './scrape-configuration.ts';

test("Jaeger's addresses are those that its configuration has it listen on, all on 127.0.0.1", () => {
  const { jaegerQueryUrl, otlpUrl, jaegerThriftUrl } = addressesFrom({ jaeger: engineOf('jaeger').address(7000) });
  const { extensions, receivers } = JSON.parse(jaegerConfig(7000));
  assert.equal(jaegerQueryUrl, `http://${extensions.jaeger_query.http.endpoint}`);
  assert.equal(otlpUrl, `http://${receivers.otlp.protocols.http.endpoint}/v1/traces`);
  assert.equal(jaegerThriftUrl, `http://${receivers.jaeger.protocols.thrift_http.endpoint}/api/traces`);
  const endpoints = [...jaegerConfig(7000).matchAll(/"endpoint": "(.+):(\d+)"/g)];
  assert.ok(endpoints.every(([, host]) => host === '127.0.0.1'));
  const { ownMetrics, ...ports } = jaegerPorts(7000);
  assert.deepEqual(endpoints.map(([, , port]) => Number(port)).sort(), Object.values(ports).sort());
  assert.deepEqual(engineOf('jaeger').ports(7000), [7000, 7001, 7002, 7003, 7004, 7005, 7006]);
  assert.equal(ownMetrics, 7006);
});

test('a scrape configuration names jobs, their targets and their labels', () => {
  const text = scrapeConfiguration({
    jobs: { node: ['127.0.0.1:1'], service: [{ target: '127.0.0.1:2', labels: { service: 'writer' } }] },
    intervalMs: 500,
    ruleFiles: ['rules/*.yml'],
  });
  assert.deepEqual(JSON.parse(text), {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
    rule_files: ['rules/*.yml'],
    scrape_configs: [
      { job_name: 'node', static_configs: [{ targets: ['127.0.0.1:1'] }] },
      { job_name: 'service', static_configs: [{ targets: ['127.0.0.1:2'], labels: { service: 'writer' } }] },
    ],
  });
});
