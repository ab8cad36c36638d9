import { openPglite } from '../database/pglite.ts';
import { writeModelContract } from './contract.ts';

writeModelContract('PGlite', async () => {
  const database = await openPglite();
  return { database, close: () => database.close() };
});
