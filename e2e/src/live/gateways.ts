import { freePort } from '@tributary/engines';
import { until } from '@tributary/service/testing';
import { cursorKey } from '../deployment.ts';
import { type Replica, startReplica } from '../replica.ts';

/** A gateway by itself: ready when it follows the event log. */
export interface LoneGateway extends Replica {
  readonly url: string;
}

/** Of no subgraph, though gateways serve subscriptions to what events carry all the same. */
const NOWHERE = 'http://127.0.0.1:9';

/** Starts a gateway with nothing behind it but the event log, so that events come from the test alone. */
export async function startLoneGateway(
  name: string,
  brokers: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<LoneGateway> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const replica = startReplica({
    service: 'gateway',
    name,
    main: 'gateway/src/main.ts',
    adminPort,
    env: {
      ...env,
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      KAFKA_BROKERS: brokers.join(','),
      COMMANDS_URL: NOWHERE,
      QUERIES_URL: NOWHERE,
      CURSOR_KEYS: `${cursorKey.id}:${cursorKey.secret}`,
    },
  });
  return Object.assign(Object.create(replica) as Replica, {
    url: `http://127.0.0.1:${port}`,
    async ready(deadlineMs = 60_000) {
      await until(`${name} follows the log`, () => isFollowing(replica), deadlineMs).catch((error: Error) => {
        throw new Error(`${error.message}\n${replica.output().slice(-8_000)}`);
      });
    },
  });
}

async function isFollowing({ adminUrl }: Replica): Promise<boolean> {
  const response = await fetch(`${adminUrl}/readyz`).catch(() => null);
  const { checks } = ((await response?.json()) ?? {}) as { checks?: Record<string, string> };
  return checks?.['events tail'] === 'ok';
}

/** The sum of a metric over the series with these labels; 0 where there are none. */
export async function metricOf(
  { adminUrl }: Pick<Replica, 'adminUrl'>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const response = await fetch(`${adminUrl}/metrics`);
  let sum = 0;
  for (const line of (await response.text()).split('\n')) {
    const [, found, series = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const isMeant = Object.entries(labels).every(([label, text]) => series.includes(`${label}="${text}"`));
    if (found === name && isMeant) sum += Number(value);
  }
  return sum;
}
