import { after, describe } from 'node:test';
import { startEmbedded } from './embedded.ts';
import { liveClients } from './live/clients.ts';
import { liveScenarios } from './live/scenarios.ts';

const system = await startEmbedded();
after(() => system.discard());

/** What a client waits for comes soon or not at all. */
const WAITS = { timeout: 60_000 };

for (const name of Object.keys(liveClients)) describe(name, WAITS, () => liveScenarios(name, system));
