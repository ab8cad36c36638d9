import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { defaultPorts } from './config.ts';
import { createDockerRunner, dockerAnswers, parseContainers } from './docker-runner.ts';
import type { Runner } from './home.ts';
import { containerNames, createMixedRunner } from './mixed-runner.ts';
import { freePort } from './ports.ts';

const healthyKafka = JSON.stringify({ Service: 'kafka', State: 'running', Health: 'healthy', Name: 'p-kafka-1' });

// A stand-in for the docker command that notes how it is called: it shows what would be asked of Docker, not that
// Docker does it.
describe('the Docker runner', () => {
  const path = process.env.PATH;
  let bin: string;
  let redisPort: number;
  let runner: Runner;

  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'tributary-docker-'));
    process.env.PATH = `${bin}:${path}`;
    redisPort = await freePort();
    const [kafka, postgres, mongo] = [await freePort(), await freePort(), await freePort()];
    const ports = { ...defaultPorts, kafka, postgres, mongo, redis: redisPort };
    const home = { folder: bin, cacheFolder: bin, ports };
    runner = createDockerRunner(home, 'a-project', () => {});
  });

  afterEach(async () => {
    process.env.PATH = path;
    await rm(bin, { recursive: true, force: true });
  });

  async function docker(containers: string, exitCode = 0): Promise<void> {
    const script = `#!/bin/sh
      echo "redis=$ENGINES_REDIS_PORT $@" >> ${bin}/calls
      echo "$ADMIN_TOKEN $COMPOSE_PROFILES $ENGINES_JAEGER_PORT $ENGINES_JAEGER_OTLP_PORT $ENGINES_JAEGER_THRIFT_PORT" > ${bin}/env
      case "$*" in *" ps "*) cat ${bin}/containers; exit 0;; esac
      echo "said by docker"
      exit ${exitCode}`;
    await writeFile(join(bin, 'containers'), containers);
    await writeFile(join(bin, 'docker'), script);
    await chmod(join(bin, 'docker'), 0o755);
  }

  /** What docker was asked to do, looking aside. */
  async function calls(): Promise<string[]> {
    const lines = (await readFile(join(bin, 'calls'), 'utf8')).trim().split('\n');
    return lines.filter((line) => !line.includes(' ps ')).map((line) => line.replace(/-f \S+compose.yml/, '-f FILE'));
  }

  it('is used only where an engine answers', async () => {
    await docker('');
    assert.equal(await dockerAnswers(), true);
    await docker('', 1);
    assert.equal(await dockerAnswers(), false);
    process.env.PATH = '/nowhere';
    assert.equal(await dockerAnswers(), false);
  });

  it('starts the services of compose.yml on the ports of the home and waits for their health', async () => {
    await docker('');
    await runner.up(['kafka', 'redis']);
    assert.deepEqual(await calls(), [
      `redis=${redisPort} compose -p a-project -f FILE up --detach --wait --wait-timeout 180 kafka redis`,
    ]);
    assert.equal(await readFile(join(bin, 'env'), 'utf8'), 'unused * 16686 16687 16689\n');
  });

  it('refuses a port that a foreign program holds, but not its own', async () => {
    const server = createServer();
    await once(server.listen(redisPort, '127.0.0.1'), 'listening');
    try {
      await docker('');
      await assert.rejects(runner.up(['redis']), { code: 'PORT_TAKEN', message: /ENGINES_REDIS_PORT/ });
      assert.equal((await runner.status('redis')).state, 'foreign');
      await docker(JSON.stringify({ Service: 'redis', State: 'running', Health: 'starting', Name: 'p-redis-1' }));
      await runner.up(['redis']);
      assert.equal((await runner.status('redis')).state, 'unresponsive');
    } finally {
      server.close();
    }
  });

  it('stops and deletes only what it is asked to', async () => {
    await docker(healthyKafka);
    assert.equal((await runner.status('kafka')).state, 'running');
    assert.deepEqual(await runner.down(['kafka', 'redis']), ['kafka']);
    await runner.destroy(['kafka']);
    await runner.destroy(containerNames);
    const own = `redis=${redisPort} compose -p a-project -f FILE`;
    assert.deepEqual(await calls(), [
      `${own} rm --stop --force kafka redis`,
      `${own} rm --stop --force kafka`,
      'redis= volume rm --force a-project_kafka',
      `${own} rm --stop --force kafka postgres mongo redis jaeger`,
      `${own} down --volumes`,
    ]);
  });

  it('says what docker said when it fails', async () => {
    await docker('', 1);
    await assert.rejects(runner.up(['mongo']), { code: 'START_FAILED', message: /compose up failed:\nsaid by docker/ });
  });

  it('reads both forms in which Compose lists containers', () => {
    const [kafka, redis] = [healthyKafka, healthyKafka.replaceAll('kafka', 'redis')];
    const both = [JSON.parse(kafka), JSON.parse(redis)];
    assert.deepEqual(parseContainers(`${kafka}\n${redis}\n`), both);
    assert.deepEqual(parseContainers(`a warning\n[${kafka},${redis}]`), both);
    assert.deepEqual(parseContainers(''), []);
  });
});

describe('the mixed runner', () => {
  const asked: string[] = [];
  const noting = (kind: string): Runner => {
    const note = async <N extends string>(what: string, names: readonly N[]) => {
      asked.push(`${kind} ${what} ${names.join(' ')}`);
      return [...names];
    };
    return {
      up: async (names) => {
        await note('up', names);
      },
      down: (names) => note('down', names),
      destroy: (names) => note('destroy', names),
      status: async (name) => ({ name, state: 'running', runsAs: 'container', port: 1, address: kind }),
      pid: async () => undefined,
      logFile: () => undefined,
      kill: async (name) => {
        await note('kill', [name]);
      },
    };
  };
  const mixed = createMixedRunner(noting('container'), noting('process'));

  beforeEach(() => {
    asked.length = 0;
  });

  it('runs what watches the processes of this machine as processes, and the others as containers', async () => {
    await mixed.up(['redis', 'jaeger', 'prometheus', 'node-exporter', 'redis-exporter']);
    await mixed.up(['kafka']);
    assert.deepEqual(await mixed.down(['prometheus', 'kafka']), ['kafka', 'prometheus']);
    assert.deepEqual(await mixed.destroy(['prometheus']), ['prometheus']);
    await mixed.kill('jaeger', 'SIGKILL');
    assert.deepEqual(asked, [
      'container up redis jaeger',
      'process up prometheus node-exporter redis-exporter',
      'container up kafka',
      'container down kafka',
      'process down prometheus',
      'process destroy prometheus',
      'container kill jaeger',
    ]);
    assert.equal((await mixed.status('jaeger')).address, 'container');
    assert.equal((await mixed.status('redis-exporter')).address, 'process');
  });
});
