import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultPorts, projectRoot, readEnginesConfig } from './config.ts';
import { allNames } from './engine.ts';
import { engineOf, placeOf } from './home.ts';

describe('readEnginesConfig', () => {
  it('has defaults that no outgoing connection can take and no two engines share', () => {
    const config = readEnginesConfig({});
    assert.deepEqual(config.ports, defaultPorts);
    const ports = allNames.flatMap((name) => engineOf(name).ports(defaultPorts[name]));
    assert.equal(new Set(ports).size, ports.length);
    assert.equal(ports.length, 15);
    assert.ok(Math.max(...ports) < 32_768);
    assert.match(config.folder, /\.data\/engines$/);
    assert.equal(config.docker, 'auto');
    assert.equal(config.composeProject, 'tributary');
  });

  it('takes ports, folders and the choice of Docker from the environment', () => {
    const config = readEnginesConfig({
      ENGINES_REDIS_PORT: '7000',
      ENGINES_DIR: '/somewhere/else',
      XDG_CACHE_HOME: '/cache',
      ENGINES_DOCKER: 'never',
    });
    assert.equal(config.ports.redis, 7000);
    assert.equal(config.folder, '/somewhere/else');
    assert.equal(config.cacheFolder, '/cache/tributary');
    assert.equal(config.docker, 'never');
    assert.match(config.composeProject, /^tributary-[0-9a-f]{8}$/);
  });

  it('takes what is watched from the environment, else it is what was started', () => {
    const usual = placeOf(readEnginesConfig({}), 'redis-exporter').observed;
    assert.deepEqual(usual, { prometheusConfigFile: undefined, exportedRedisUrl: 'redis://127.0.0.1:16379' });
    const config = readEnginesConfig({
      ENGINES_PROMETHEUS_CONFIG: 'a/prometheus.yml',
      ENGINES_EXPORTED_REDIS_URL: 'redis://other:1',
      ENGINES_PROMETHEUS_PORT: '7001',
    });
    assert.equal(config.ports.prometheus, 7001);
    assert.deepEqual(placeOf(config, 'prometheus').observed, {
      prometheusConfigFile: `${projectRoot}a/prometheus.yml`,
      exportedRedisUrl: 'redis://other:1',
    });
  });

  it('refuses what is no port and no choice, by name', () => {
    for (const port of ['0', '65535', '1.5', '-1', 'x', '1e3', ' 80'])
      assert.throws(() => readEnginesConfig({ ENGINES_KAFKA_PORT: port }), {
        code: 'BAD_CONFIGURATION',
        message: `ENGINES_KAFKA_PORT is "${port}": give a port from 1 to 65534`,
      });
    assert.throws(() => readEnginesConfig({ ENGINES_DOCKER: 'yes' }), /^EngineError: ENGINES_DOCKER is "yes"/);
  });
});
