import {
  kafkaVariables,
  kinds,
  processVariables,
  readConfig,
  telemetryVariables,
  type Values,
  type Variables,
} from '@tributary/service';
import { defaultLimits } from './limits/limits.ts';
import { originVariables } from './origins/config.ts';
import { subscriptionVariables } from './subscriptions/config.ts';

const urls = kinds.list.refine((list) => list.every(isHttpUrl), 'is not a list of HTTP URLs');

/** Those whose place has variables of its own, or that need none. */
const PLACED: readonly string[] = ['products-command', 'products-query', 'events'];

const subgraphUrls = kinds.words.transform((entries, context): Readonly<Record<string, readonly string[]>> => {
  const placed: Record<string, readonly string[]> = Object.create(null);
  const refuse = (message: string) => void context.addIssue({ code: 'custom', message });
  for (const entry of entries) {
    const [, name, list] = /^([^\s=]+)\s*=(.*)$/s.exec(entry) ?? [];
    const urls = list?.split(/\s+/).filter(Boolean) ?? [];
    if (name === undefined || urls.length === 0 || !urls.every(isHttpUrl))
      refuse('is not a list of <subgraph>=<HTTP URL> <HTTP URL>…');
    else if (PLACED.includes(name)) refuse(`cannot say where ${name} answers`);
    else if (placed[name]) refuse(`names ${name} twice`);
    else placed[name] = urls;
  }
  return placed;
});

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

export const variables = {
  ...processVariables,
  ...telemetryVariables,
  ...kafkaVariables,
  PORT: { schema: kinds.port, default: '4000', doc: 'Port of the gateway: GraphQL, REST and the pages.' },
  ADMIN_PORT: { schema: kinds.port, default: '9400', doc: 'Port of /livez, /readyz and /metrics.' },
  COMMANDS_URL: {
    schema: urls,
    default: 'http://127.0.0.1:4101',
    doc: 'Where the replicas of products-command answer, separated by commas.',
  },
  QUERIES_URL: {
    schema: urls,
    default: 'http://127.0.0.1:4102',
    doc: 'Where the replicas of products-query answer, separated by commas.',
  },
  SUPERGRAPH_FILE: {
    schema: kinds.text,
    default: '',
    doc: 'File with the supergraph, loaded again at SIGHUP and when it is replaced. Empty: the one that comes with the gateway.',
  },
  SUBGRAPH_URLS: {
    schema: subgraphUrls,
    default: '',
    doc: 'Where the replicas of further subgraphs answer: `inventory=http://a:1/graphql http://b:1/graphql, reviews=http://c:1/graphql`. One that is not named answers where the supergraph says.',
  },
  SUBGRAPH_TIMEOUT_MS: {
    schema: kinds.deadlineMs,
    default: '15000',
    doc: 'How long the gateway waits for a subgraph, in milliseconds; more than a mutation or a read may wait by itself.',
  },
  SUBGRAPH_CONNECTIONS: {
    schema: kinds.positive,
    default: '64',
    doc: 'Connections that the gateway keeps to each replica of a subgraph that answers at once.',
  },
  COMMANDS_CONNECTIONS: {
    schema: kinds.positive,
    default: '256',
    doc: 'Connections that the gateway keeps to each replica of products-command: a mutation holds one while it waits for its outcome.',
  },
  ...originVariables,
  INTROSPECTION: { schema: kinds.switch, default: 'on', doc: 'Whether clients may ask the gateway for its schema.' },
  MAX_QUERY_DEPTH: {
    schema: kinds.positive,
    default: String(defaultLimits.depth),
    doc: 'Levels of fields within fields that an operation may have.',
  },
  MAX_QUERY_TOKENS: {
    schema: kinds.positive,
    default: String(defaultLimits.tokens),
    doc: 'Lexical tokens that a GraphQL document may have.',
  },
  ...subscriptionVariables,
} as const satisfies Variables;

export type GatewayConfig = Values<typeof variables>;

/** @throws ConfigError with all problems at once. */
export function readGatewayConfig(env: Readonly<Record<string, string | undefined>>): GatewayConfig {
  return readConfig(variables, env);
}
