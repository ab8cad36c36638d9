import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultPorts } from './config.ts';
import { allNames } from './engine.ts';
import { engineOf, type Home, placeOf, serversOf } from './home.ts';
import { startEngines } from './index.ts';
import { serverProperties } from './kafka-storage.ts';

const home: Home = { folder: '/data', cacheFolder: '/cache', ports: defaultPorts };
const cluster: Home = { ...home, kafkaBrokers: 3 };

function settingsOf(of: Home): Record<string, string>[] {
  const places = serversOf(of, 'kafka').map((server) => placeOf(of, server));
  const texts = places.map((place) => serverProperties(place.port, '/data/kafka/data', place));
  return texts.map((text) => Object.fromEntries(text.split('\n').map((line) => line.split(/=(.*)/))));
}

describe('the servers of a home', () => {
  it('are one per engine, named as it', () => {
    for (const name of allNames) {
      assert.deepEqual(serversOf(home, name), [name]);
      assert.deepEqual(placeOf(home, name), {
        folder: `/data/${name}`,
        cacheFolder: '/cache',
        port: defaultPorts[name],
        observed: { prometheusConfigFile: undefined, exportedRedisUrl: 'redis://127.0.0.1:16379' },
      });
    }
  });

  it('are three brokers on six ports in a row where that is asked for', () => {
    const servers = serversOf(cluster, 'kafka');
    const places = servers.map((server) => placeOf(cluster, server));
    assert.deepEqual(
      places.map(({ folder, port }) => [folder, port]),
      [
        ['/data/kafka', 19_092],
        ['/data/kafka-2', 19_094],
        ['/data/kafka-3', 19_096],
      ],
    );
    assert.equal(new Set(places.flatMap(({ port }) => engineOf('kafka').ports(port))).size, 6);
    assert.deepEqual(
      places.map((place) => place.cluster?.nodeId),
      [1, 2, 3],
    );
    assert.equal(new Set(places.map((place) => place.cluster?.clusterId)).size, 1);
    assert.match(places[0]?.cluster?.clusterId ?? '', /^[\w][\w-]{21}$/);
    assert.deepEqual(serversOf(cluster, 'redis'), ['redis']);
    assert.equal(placeOf(cluster, 'redis').port, defaultPorts.redis);
  });

  it('keep one copy alone, and three in a cluster, of which two must acknowledge', () => {
    const [alone] = settingsOf(home);
    assert.equal(alone?.['min.insync.replicas'], '1');
    assert.equal(alone?.['default.replication.factor'], '1');
    for (const settings of settingsOf(cluster)) {
      for (const [name, value] of Object.entries(settings)) {
        if (name.endsWith('replication.factor')) assert.equal(value, '3', name);
        if (/min\.(isr|insync)/.test(name)) assert.equal(value, '2', name);
      }
      assert.equal(settings['controller.quorum.voters'], '1@127.0.0.1:19093,2@127.0.0.1:19095,3@127.0.0.1:19097');
    }
  });

  it('are no three brokers where only containers may run', async () => {
    await assert.rejects(startEngines(['kafka'], { kafkaBrokers: 3, env: { ENGINES_DOCKER: 'always' } }), {
      code: 'BAD_CONFIGURATION',
    });
  });
});
