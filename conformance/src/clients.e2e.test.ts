import { after, describe } from 'node:test';
import { apolloScenarios } from './clients/apollo.ts';
import { graphqlWsScenarios } from './clients/graphql-ws.ts';
import { urqlScenarios } from './clients/urql.ts';
import { startEmbedded } from './embedded.ts';

const system = await startEmbedded();
after(() => system.discard());

/** What a client waits for comes at once or not at all. */
const WAITS = { timeout: 30_000 };

describe('graphql-ws', WAITS, () => graphqlWsScenarios(system.url));
describe('Apollo Client', WAITS, () => apolloScenarios(system.url));
describe('urql', WAITS, () => urqlScenarios(system.url));
