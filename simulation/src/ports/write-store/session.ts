import { ConflictError } from '../../../../workers/writer/src/database/errors.ts';
import type { Inbox, InboxEntry } from '../../../../workers/writer/src/inbox.ts';
import type { Positions } from '../../../../workers/writer/src/positions.ts';
import { absent } from '../../../../workers/writer/src/product/decider.ts';
import type { KnownProduct, ProductSession, Products } from '../../../../workers/writer/src/product/products.ts';
import { outboxOf } from './outbox.ts';
import type { SessionOptions } from './statement.ts';
import { keyOf, positionOf } from './tables.ts';

/** The statements of the write model as PostgreSQL runs them in READ COMMITTED: each sees what is committed when it begins. */
export function createSession(options: SessionOptions): ProductSession {
  return {
    positions: positionsOf(options),
    inbox: inboxOf(options),
    outbox: outboxOf(options),
    products: productsOf(options),
  };
}

function positionsOf({ run, lock }: SessionOptions): Positions {
  return {
    advance: (partition, nextOffset) =>
      run(`advance position ${partition.partition} to ${nextOffset}`, async (statement) => {
        const name = positionOf(partition);
        await lock(statement, `position ${name}`);
        const stands = statement.tables.positions.get(name) ?? 0n;
        statement.writes.positions.set(name, stands > nextOffset ? stands : nextOffset);
      }),
    read: (consumer, topic, partitions) =>
      run('read positions', ({ tables }) => {
        const found = new Map<number, bigint>();
        for (const partition of partitions) {
          const offset = tables.positions.get(positionOf({ consumer, topic, partition }));
          if (offset !== undefined) found.set(partition, offset);
        }
        return found;
      }),
  };
}

function inboxOf({ run, lock, keysAreUnique }: SessionOptions): Inbox {
  return {
    findSeen: (commandIds, keys) =>
      run('find seen', ({ tables }) => {
        const holders = keys.map(({ caller, key }) => tables.keys.get(keyOf(caller, key)));
        const ids = new Set([...commandIds, ...holders.filter((id) => id !== undefined)]);
        return [...ids].map((id) => tables.inbox.get(id)).filter((entry) => entry !== undefined);
      }),
    find: (commandId) => run('find outcome', ({ tables }) => tables.inbox.get(commandId)),
    list: (afterId, limit) => run('list outcomes', ({ tables }) => after(tables.inbox, afterId, limit)),
    add: (entries) =>
      run('add to inbox', async (statement) => {
        const { tables, writes } = statement;
        for (const entry of entries.toSorted(byKey)) {
          await lock(statement, `command ${entry.commandId}`);
          if (tables.inbox.has(entry.commandId) || writes.inbox.has(entry.commandId)) throw unique('inbox_pkey');
          writes.inbox.set(entry.commandId, entry);
          if (entry.caller === null || entry.idempotencyKey === null) continue;
          const key = keyOf(entry.caller, entry.idempotencyKey);
          if (keysAreUnique) {
            await lock(statement, `key ${key}`);
            if (tables.keys.has(key) || writes.keys.has(key)) throw unique('inbox_idempotency_key');
          }
          writes.keys.set(key, entry.commandId);
        }
      }),
    forgetBefore: (timeMs, limit) =>
      run('forget commands', ({ tables }) => {
        const expired = [...tables.inbox.values()].filter(({ handledAtMs }) => handledAtMs < timeMs);
        const gone = expired.sort((a, b) => a.handledAtMs - b.handledAtMs).slice(0, limit);
        for (const { commandId, caller, idempotencyKey } of gone) {
          tables.inbox.delete(commandId);
          if (caller !== null && idempotencyKey !== null) tables.keys.delete(keyOf(caller, idempotencyKey));
        }
        return gone.length;
      }),
  };
}

function productsOf({ run, lock }: SessionOptions): Products {
  return {
    lock: (ids) =>
      run('lock products', async (statement) => {
        // A row that is inserted after the statement began is not there for it.
        const there = ids.toSorted().filter((id) => statement.tables.products.has(id));
        for (const id of there) await lock(statement, `product ${id}`);
        return new Map(there.map((id) => [id, statement.tables.products.get(id) as KnownProduct]));
      }),
    find: (id) => run('find product', ({ tables }) => tables.products.get(id) ?? absent),
    list: (afterId, limit) => run('list products', ({ tables }) => after(tables.products, afterId, limit)),
    save: (changed) =>
      run('save products', async (statement) => {
        const states = changed.flatMap(({ state, readVersion }) =>
          state.kind === 'absent' ? [] : [{ id: state.product.id, state, readVersion }],
        );
        for (const { id, state, readVersion } of states.sort((a, b) => compare(a.id, b.id))) {
          await lock(statement, `product ${id}`);
          const stands = statement.tables.products.get(id)?.product.version ?? 0n;
          if (readVersion === 0n && stands > 0n) throw unique('products_pkey');
          if (readVersion !== stands) throw new ConflictError('a product was changed by another writer');
          statement.writes.products.set(id, state);
        }
      }),
  };
}

function unique(constraint: string): Error {
  return Object.assign(new Error(`duplicate key value violates ${constraint}`), { code: '23505', constraint });
}

function after<T>(rows: ReadonlyMap<string, T>, afterId: string | null, limit: number): T[] {
  const ids = [...rows.keys()].sort().filter((id) => afterId === null || id > afterId);
  return ids.slice(0, limit).map((id) => rows.get(id) as T);
}

/** The order in which the writers' one statement inserts them. */
function byKey(a: InboxEntry, b: InboxEntry): number {
  return compare(a.idempotencyKey ?? '', b.idempotencyKey ?? '');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
