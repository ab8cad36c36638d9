import { openPglite } from '../database/pglite.ts';
import { sqlTestStore } from '../testing/stores.ts';
import { writeModelContract } from './contract.ts';

writeModelContract('PGlite', async () => sqlTestStore(await openPglite()));
