import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelContract } from '../contract.ts';
import { createSqliteReadModel } from './index.ts';

readModelContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-read-model-'));
  const readModel = createSqliteReadModel({ file: join(folder, 'read-model.sqlite') });
  return {
    open: async () => readModel,
    replicas: false,
    stop: async () => {
      await readModel.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
