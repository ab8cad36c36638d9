import { createTestDatabase } from '@tributary/engines';
import { silentLogger } from '@tributary/service';
import { openPostgres } from '../database/postgres.ts';
import { sqlTestStore } from '../testing/stores.ts';
import { outboxContract } from './contract.ts';

outboxContract('PostgreSQL', async () => {
  const { url, drop } = await createTestDatabase();
  const database = await openPostgres({ url, logger: silentLogger(), signal: new AbortController().signal });
  return sqlTestStore(database, drop);
});
