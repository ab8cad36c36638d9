import { openPglite } from '../database/pglite.ts';
import { sqlTestStore } from '../testing/stores.ts';
import { outboxContract } from './contract.ts';

outboxContract('PGlite', async () => sqlTestStore(await openPglite()));
