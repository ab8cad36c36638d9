import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { before, describe, it } from 'node:test';
import { engineNames, readEnginesConfig } from '@tributary/engines';
import { kafkaVariables, readConfig, type Variables } from '@tributary/service';
import { sourceFolders } from '../dev/src/workspaces.ts';
import { run } from '../engines/src/run.ts';
import {
  type ComposeModel,
  type ComposeService,
  composeLoader,
  durationMs,
  loadCompose,
  root,
} from './compose-model.ts';
import { lastOf, lineage, parseDockerfile } from './dockerfile.ts';

const SECRETS = { CURSOR_KEYS: `first:${'k'.repeat(64)}`, ADMIN_TOKEN: 'a-token-of-the-test' };
const WATCHING = ['grafana', 'jaeger', 'node-exporter', 'prometheus', 'redis-exporter'];
const JOBS = ['migrate', 'topics'];
const SERVICES = {
  writer: 'workers/writer',
  projector: 'workers/projector',
  'products-command': 'subgraphs/products-command',
  'products-query': 'subgraphs/products-query',
  gateway: 'gateway',
};
const names = Object.keys(SERVICES) as (keyof typeof SERVICES)[];

const stages = parseDockerfile(read('Dockerfile'));
const variables = new Map<string, Variables>();
let loader: string;
let all: ComposeModel;
let dev: ComposeModel;

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** The model of a profile; the developer's own .env plays no part. */
async function load(profiles: string, env: Record<string, string> = SECRETS): Promise<ComposeModel> {
  const loaded = await loadCompose(loader, join(root, 'compose.yml'), {
    ...env,
    COMPOSE_PROFILES: profiles,
    COMPOSE_DISABLE_ENV_FILE: '1',
  });
  assert.ok('model' in loaded, 'refusal' in loaded ? loaded.refusal : '');
  return loaded.model;
}

/** The variables that a process of ours reads. */
async function variablesOf(file: string): Promise<Variables> {
  return ((await import(join(root, file))) as { variables: Variables }).variables;
}

function service(model: ComposeModel, name: string): ComposeService {
  const found = model.services[name];
  assert.ok(found, `there is no ${name}`);
  return found;
}

function environmentOf(model: ComposeModel, name: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(service(model, name).environment ?? {}).map(([key, value]) => [key, value ?? '']),
  );
}

/** What a variable of a service is: as the file says, or by default. */
function settingOf(model: ComposeModel, name: string, variable: string): string | undefined {
  return environmentOf(model, name)[variable] || variables.get(name)?.[variable]?.default;
}

/** The ports that something listens on in a container. */
function listensOn(model: ComposeModel, name: string): number[] {
  const own = ['PORT', 'GRPC_PORT', 'ADMIN_PORT'].map((variable) => Number(settingOf(model, name, variable)));
  const published = (service(model, name).ports ?? []).map(({ target }) => target);
  const kafka = environmentOf(model, name).KAFKA_LISTENERS?.match(/\d+/g)?.map(Number) ?? [];
  return [...(variables.has(name) ? own : published), ...kafka].filter((port) => port > 0);
}

before(async () => {
  loader = await composeLoader(readEnginesConfig(process.env).cacheFolder);
  for (const name of names) variables.set(name, await variablesOf(`${SERVICES[name]}/src/config.ts`));
  variables.set('migrate', await variablesOf('drizzle/config.ts'));
  variables.set('topics', kafkaVariables);
  [all, dev] = await Promise.all([load('all'), load('dev')]);
});

describe('the profiles', () => {
  it('engines, or none, starts what npm run engines starts', async () => {
    for (const profiles of ['engines', '']) {
      const { services } = await load(profiles);
      assert.deepEqual(Object.keys(services).sort(), [...engineNames].sort());
    }
  });

  it('all starts the engines, the jobs, every service and what watches', () => {
    const expected = [...engineNames, ...JOBS, ...names, ...WATCHING];
    assert.deepEqual(Object.keys(all.services).sort(), expected.sort());
  });

  it('dev has one container for all services instead', () => {
    assert.deepEqual(Object.keys(dev.services).sort(), [...engineNames, ...WATCHING, 'dev'].sort());
  });

  it('need secrets, and say how to come by them', async () => {
    for (const missing of ['CURSOR_KEYS', 'ADMIN_TOKEN']) {
      const env = { ...SECRETS, [missing]: '', COMPOSE_DISABLE_ENV_FILE: '1' };
      const loaded = await loadCompose(loader, join(root, 'compose.yml'), env);
      assert.match('refusal' in loaded ? loaded.refusal : '', new RegExp(`variable ${missing} is .* sh deploy/env.sh`));
    }
  });

  it('is all with the .env that deploy/env.sh makes, with secrets that the services take', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-compose-'));
    try {
      await mkdir(join(folder, 'deploy'));
      for (const file of ['compose.yml', 'deploy/env.sh']) await copyFile(join(root, file), join(folder, file));
      assert.ok((await run('sh', [join(folder, 'deploy', 'env.sh')])).ok);
      const loaded = await loadCompose(loader, join(folder, 'compose.yml'), {});
      assert.ok('model' in loaded, 'refusal' in loaded ? loaded.refusal : '');
      assert.deepEqual(Object.keys(loaded.model.services).sort(), Object.keys(all.services).sort());
      readConfig(variables.get('gateway') ?? {}, environmentOf(loaded.model, 'gateway'));
      assert.match(environmentOf(loaded.model, 'writer').ADMIN_TOKEN ?? '', /^[0-9a-f]{64}$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('every container', () => {
  const models = () =>
    [all, dev].flatMap((model) => Object.entries(model.services).map((one) => [model, ...one] as const));

  it('is of an image of one version, or of the one that is built here', () => {
    for (const [, name, { image, build }] of models())
      if (build) assert.match(image, /^tributary(-dev)?:local$/, name);
      else assert.match(image, /^[\w./-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/, name);
  });

  it('is published on 127.0.0.1 only, each port once', () => {
    for (const model of [all, dev]) {
      const ports = Object.values(model.services).flatMap(({ ports = [] }) => ports);
      for (const { host_ip } of ports) assert.equal(host_ip, '127.0.0.1');
      assert.equal(new Set(ports.map(({ published }) => published)).size, ports.length);
    }
  });

  it('mounts folders that are there, for reading, and volumes that have a name', () => {
    for (const [model, name, { volumes = [] }] of models())
      for (const { type, source = '', read_only } of volumes)
        if (type === 'bind') assert.ok(existsSync(source) && read_only, `${name}: ${source}`);
        else assert.ok(model.volumes[source]?.name, `${name}: ${source}`);
  });

  it('waits for what is there, for a job to end well and for others to be healthy or started', () => {
    for (const [model, name, { depends_on = {} }] of models())
      for (const [needed, { condition, required }] of Object.entries(depends_on)) {
        const { restart, healthcheck } = service(model, needed);
        const isJob = restart === 'no';
        const conditions = isJob ? ['service_completed_successfully'] : ['service_healthy', 'service_started'];
        assert.ok(conditions.includes(condition) && required, `${name}: ${needed} ${condition}`);
        assert.ok(isJob || healthcheck, `${name}: ${needed} does not say when it is healthy`);
        // An engine that has only started may not take connections yet.
        if (!names.some((own) => own === needed)) assert.notEqual(condition, 'service_started', name);
      }
  });

  it('says when it is healthy, unless it is a job, and then somebody waits for its end', () => {
    for (const [model, name, { healthcheck, restart }] of models())
      if (restart === 'no')
        assert.ok(
          Object.values(model.services).some(({ depends_on = {} }) => depends_on[name]),
          name,
        );
      else assert.ok(healthcheck, name);
  });
});

describe('every container of ours', () => {
  const own = () => [
    ...[...JOBS, ...names].map((name) => [all, name, service(all, name)] as const),
    [dev, 'dev', service(dev, 'dev')] as const,
  ];

  it('may do little: not root, no capability, nothing to write to but a small /tmp, bounded', () => {
    for (const [, name, one] of own()) {
      const { user, read_only, cap_drop, security_opt, tmpfs, init, volumes = [] } = one;
      assert.deepEqual(
        { user, read_only, cap_drop, init },
        { user: 'node', read_only: true, cap_drop: ['ALL'], init: true },
      );
      assert.deepEqual(security_opt, ['no-new-privileges:true'], name);
      assert.deepEqual(tmpfs, ['/tmp:size=16m'], name);
      assert.ok(
        volumes.every((volume) => volume.read_only),
        name,
      );
      assert.ok(Number(one.mem_limit) > 0 && (one.cpus ?? 0) > 0 && (one.pids_limit ?? 0) > 0, name);
    }
  });

  it('runs a file of this project with the node of the image, its telemetry first', () => {
    for (const [, name, { command, build }] of own()) {
      const { instructions } = lineage(stages, build?.target ?? '');
      assert.equal(lastOf(instructions, 'ENTRYPOINT')?.args[0], 'node', name);
      assert.ok(
        command?.some((word) => word.endsWith('.ts')),
        name,
      );
      for (const file of (command ?? []).flatMap((word) => /^(?:--import=\.\/)?(.+\.ts)$/.exec(word)?.[1] ?? []))
        assert.ok(existsSync(join(root, file)), `${name}: ${file}`);
    }
    for (const name of names) {
      const telemetry = `${SERVICES[name]}/src/telemetry.ts`;
      const first = existsSync(join(root, telemetry)) ? [`--import=./${telemetry}`] : [];
      assert.deepEqual(service(all, name).command, [...first, `${SERVICES[name]}/src/main.ts`]);
    }
  });

  it('is given only variables that it reads, with values that it takes, and all that it needs', () => {
    for (const name of [...JOBS, ...names]) {
      const known = variables.get(name) ?? {};
      const given = environmentOf(all, name);
      assert.deepEqual(
        Object.keys(given).filter((variable) => !(variable in known)),
        [],
        name,
      );
      readConfig(known, given);
    }
    const known = Object.assign({}, ...names.map((name) => variables.get(name))) as Variables;
    const given = environmentOf(dev, 'dev');
    assert.deepEqual(
      Object.keys(given).filter((variable) => !(variable in known)),
      [],
    );
    for (const name of names) readConfig(variables.get(name) ?? {}, given);
  });

  it('is given everything that another one of them is given', () => {
    for (const name of names)
      for (const [variable, value] of Object.entries(environmentOf(all, name)))
        if (!/^(WRITER|READER)_ADDRESS$|^(COMMANDS|QUERIES)_URL$|^STOP_/.test(variable))
          assert.equal(environmentOf(dev, 'dev')[variable], value, `dev: ${variable} of ${name}`);
  });

  it('is told addresses of containers that run with it and listen there', () => {
    for (const [model, name] of own())
      for (const [variable, value] of Object.entries(environmentOf(model, name)))
        for (const [, host = '', port] of value.matchAll(/(?:^|[/@,])([a-z][a-z-]*):(\d{2,5})\b/g))
          assert.ok(listensOn(model, host).includes(Number(port)), `${name}: ${variable}=${value}`);
  });

  it('finds every other one that it calls elsewhere than on 127.0.0.1', () => {
    for (const name of [...JOBS, ...names])
      for (const [variable, { default: value = '' }] of Object.entries(variables.get(name) ?? {}))
        if (value.includes('127.0.0.1') && variable !== 'HOST')
          assert.ok(environmentOf(all, name)[variable], `${name}: ${variable} is not given`);
    for (const name of names) assert.equal(settingOf(all, name, 'HOST'), '0.0.0.0');
  });

  it('is published under the ports that the code has by default, those for others not at all', () => {
    for (const name of names) {
      const expected = [
        settingOf(all, name, 'ADMIN_PORT'),
        ...(name === 'gateway' ? [settingOf(all, name, 'PORT')] : []),
      ];
      const ports = service(all, name).ports ?? [];
      for (const { target, published } of ports) assert.equal(published, String(target));
      assert.deepEqual(ports.map(({ published }) => published).sort(), expected.sort(), name);
    }
    const published = (model: ComposeModel, of: readonly string[]) =>
      of.flatMap((name) => (service(model, name).ports ?? []).map((port) => port.published)).sort();
    assert.deepEqual(published(dev, ['dev']), published(all, names));
  });

  it('asks its own admin port for its health, by a program that is there', () => {
    for (const name of names)
      assert.deepEqual(service(all, name).healthcheck?.test, [
        ...['CMD', 'node', 'deploy/healthcheck.ts', settingOf(all, name, 'ADMIN_PORT')],
      ]);
    assert.deepEqual(service(dev, 'dev').healthcheck?.test, service(all, 'gateway').healthcheck?.test);
    assert.ok(existsSync(join(root, 'deploy/healthcheck.ts')));
  });

  it('has longer to stop than it takes itself', () => {
    for (const name of names)
      assert.ok(
        durationMs(service(all, name).stop_grace_period ?? '') > Number(settingOf(all, name, 'STOP_TIMEOUT_MS')),
        name,
      );
    const [, stackMs = ''] = /STACK_STOP_TIMEOUT_MS = ([\d_]+)/.exec(read('dev/src/main.ts')) ?? [];
    assert.ok(durationMs(service(dev, 'dev').stop_grace_period ?? '') > Number(stackMs.replaceAll('_', '')));
  });
});

describe('the dev container', () => {
  it('has every source that a change restarts a service for, where the image has it', () => {
    const mounted = (service(dev, 'dev').volumes ?? []).map(({ source = '', target }) => {
      const folder = relative(root, source);
      assert.equal(target, `/app/${folder}`);
      return folder;
    });
    for (const folder of new Set(Object.values(SERVICES).flatMap((one) => sourceFolders(root, one))))
      assert.ok(mounted.includes(folder) || mounted.includes(`${folder}/src`), `${folder} is not mounted`);
    // What is mounted hides what the image has there.
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, object> };
    for (const folder of mounted)
      assert.ok(!Object.keys(packages).some((path) => path.startsWith(`${folder}/node_modules/`)), folder);
  });

  it('answers to the names of all services', () => {
    assert.deepEqual(service(dev, 'dev').networks?.default?.aliases?.toSorted(), names.toSorted());
  });
});

describe('what watches', () => {
  it('Jaeger listens for all of them on the ports that are published, named as its endpoint, and asked for its health', () => {
    const listened = [...read('deploy/jaeger.yml').matchAll(/endpoint: (.+):(\d+)/g)];
    for (const [, host] of listened) assert.equal(host, '0.0.0.0');
    const ports = listened.map(([, , port]) => Number(port));
    const { ports: published = [], healthcheck, command, volumes } = service(all, 'jaeger');
    const health = Number(/:(\d+)\//.exec(healthcheck?.test.at(-1) ?? '')?.[1]);
    for (const port of [...published.map(({ target }) => target), health])
      assert.ok(ports.includes(port), String(port));
    assert.equal(volumes?.[0]?.target, command?.at(-1));
  });

  it('Prometheus scrapes containers on ports that they listen on, also those of dev', () => {
    const text = read('monitoring/prometheus/prometheus.yml');
    const targets = [...text.matchAll(/['"\s[]([a-z][a-z-]*):(\d{4,5})\b/g)].map(([, host = '', port]) => ({
      host,
      port,
    }));
    for (const name of [...names, 'node-exporter', 'redis-exporter'])
      assert.ok(
        targets.some(({ host }) => host === name),
        `${name} is not scraped`,
      );
    for (const { host, port } of targets.filter(({ host }) => host !== 'localhost'))
      assert.ok(listensOn(all, host).includes(Number(port)), `${host}:${port}`);
    const { volumes = [], command } = service(all, 'prometheus');
    assert.ok(command?.includes(`--config.file=${volumes[0]?.target}/prometheus.yml`));
  });

  it('Grafana finds its dashboards and Prometheus where they are', () => {
    const mounts = new Map((service(all, 'grafana').volumes ?? []).map(({ source, target }) => [source, target]));
    const folder = join(root, 'monitoring/grafana');
    assert.equal(mounts.get(join(folder, 'provisioning')), '/etc/grafana/provisioning');
    const provisioned = (kind: string) =>
      readdirSync(join(folder, 'provisioning', kind)).map((file) =>
        read(`monitoring/grafana/provisioning/${kind}/${file}`),
      );
    const path = /^\s*path: (\S+)$/m.exec(provisioned('dashboards').join('\n'))?.[1];
    assert.equal(path, mounts.get(join(folder, 'dashboards')));
    assert.match(provisioned('datasources').join('\n'), /^\s*url: http:\/\/prometheus:9090\/?$/m);
  });
});
