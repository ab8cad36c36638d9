import { openPglite } from '../database/pglite.ts';
import { outboxContract } from './contract.ts';

outboxContract('PGlite', async () => {
  const database = await openPglite();
  return { database, close: () => database.close() };
});
