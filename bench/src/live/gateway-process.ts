import { createRegistry } from '@tributary/service';
import { createGateway } from '../../../gateway/src/gateway.ts';
import { supergraphWithInventory } from '../../../gateway/src/testing/inventory.ts';
import { liveLogger, openLiveLog } from './log.ts';
import { heapBytes, offer } from './offer.ts';

// The gateway over one subgraph that stands for all: of what is subscribed to, it is only asked for the stock.
const [, , subgraphUrl = ''] = process.argv;
const gateway = await createGateway({
  log: await openLiveLog('bench-gateway'),
  commandsUrls: [subgraphUrl],
  queriesUrls: [subgraphUrl],
  supergraph: { sdl: supergraphWithInventory(), urls: { inventory: [subgraphUrl] } },
  // All subscribers come from one address.
  subscriptions: { socketsPerAddress: 0 },
  host: '127.0.0.1',
  port: 0,
  logger: liveLogger,
  registry: createRegistry(),
  signal: new AbortController().signal,
});
void gateway.ended.then((reason) => {
  liveLogger.error({ err: reason }, 'the gateway cannot go on');
  process.exit(1);
});

offer({ port: () => gateway.port, heapBytes });
