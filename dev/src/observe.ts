import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AddressesOf,
  type ObserverName,
  observerNames,
  readEnginesConfig,
  reloadPrometheus,
  scrapeConfiguration,
  upEngines,
} from '@tributary/engines';
import { portVariables, type Service } from './services.ts';

export interface ObserveOptions {
  /** The project's root. */
  readonly root: string;
  readonly services: readonly Service[];
  readonly portOffset: number;
  /** Where the services answer. */
  readonly host: string;
  /** Undefined when no service uses Redis: then no exporter looks at it. */
  readonly redisUrl: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
}

export interface Observers {
  /** What makes the services send their traces, as variables. */
  readonly variables: Record<string, string>;
  /** Where people look, in a line each. */
  readonly text: string;
}

/**
 * Starts what watches the services, or finds it running, and has it watch these.
 * @throws EngineError
 */
export async function startObservers(options: ObserveOptions): Promise<Observers> {
  const { env, redisUrl, report } = options;
  const config = readEnginesConfig(env);
  const folder = join(config.folder, 'observe');
  const prometheusConfigFile = join(folder, 'prometheus.yml');
  await mkdir(folder, { recursive: true });
  await writeFile(prometheusConfigFile, scrapeFile(options, config.ports));
  const names = observerNames.filter((name) => name !== 'redis-exporter' || redisUrl !== undefined);
  const addresses = await upEngines(
    names,
    { ...config, prometheusConfigFile, ...(redisUrl !== undefined && { exportedRedisUrl: redisUrl }) },
    report,
  );
  await reloadPrometheus(addresses.prometheusUrl);
  return {
    variables: traceVariables(env, addresses),
    text: [
      `traces      ${addresses.jaegerQueryUrl}/   (without a container only its API: /api/traces?service=gateway)`,
      `metrics     ${addresses.prometheusUrl}/`,
      `of the host ${addresses.nodeExporterUrl}/metrics`,
      ...(redisUrl === undefined ? [] : [`of Redis    ${addresses.redisExporterUrl}/metrics`]),
    ].join('\n'),
  };
}

/** Everything is recorded, unless the environment says otherwise; it may also choose Jaeger's own format. */
export function traceVariables(
  env: NodeJS.ProcessEnv,
  { otlpUrl, jaegerThriftUrl }: Pick<AddressesOf<'jaeger'>, 'otlpUrl' | 'jaegerThriftUrl'>,
): Record<string, string> {
  const exporter = env.TRACES_EXPORTER || 'otlp';
  return {
    TRACES_EXPORTER: exporter,
    TRACES_ENDPOINT: env.TRACES_ENDPOINT || (exporter === 'jaeger' ? jaegerThriftUrl : otlpUrl),
    TRACES_SAMPLE_RATIO: env.TRACES_SAMPLE_RATIO || '1',
  };
}

/** Jobs are named, and rules taken, as in the Prometheus of compose.yml: alerts and dashboards go by these names. */
export function scrapeFile(
  { root, services, portOffset, host, redisUrl }: Omit<ObserveOptions, 'env' | 'report'>,
  ports: Readonly<Record<ObserverName, number>>,
): string {
  const own = services.map((service) => [service.name, [`${host}:${portVariables(service, portOffset).ADMIN_PORT}`]]);
  return scrapeConfiguration({
    jobs: {
      ...(Object.fromEntries(own) as Record<string, string[]>),
      'node-exporter': [`127.0.0.1:${ports['node-exporter']}`],
      ...(redisUrl !== undefined && { 'redis-exporter': [`127.0.0.1:${ports['redis-exporter']}`] }),
      prometheus: [`127.0.0.1:${ports.prometheus}`],
    },
    ruleFiles: [join(root, 'monitoring', 'prometheus', 'rules', '*.yml')],
  });
}
