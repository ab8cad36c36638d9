import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { searchTerms } from '@tributary/product';
import { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import { Product } from '@tributary/proto/gen/products/v1/product.ts';
import { distinct } from '../distinct.ts';
import type { AppliedRange, Changes, CommandOutcome, Counts, ProductState } from '../read-model.ts';
import { firstPlaceAt, lastPlaceAt } from './place.ts';

/** The tables of one generation of the read model. */
export interface Generation {
  readonly number: number;
  readonly database: DatabaseSync;
  /** Makes the indexes, as far as they are missing. Cheaper once it is filled. */
  index(): void;
  /** Applies changes in the transaction of the caller and tells which products were newer. */
  apply(changes: Changes): ProductState[];
  get(id: string): ProductState | null;
  outcome(commandId: string): CommandStatus | null;
  removeOutcomes(olderThanMs: number, limit: number): number;
  positions(): Map<number, bigint>;
  savePositions(positions: ReadonlyMap<number, bigint>): void;
  /** Moves the position past records that were applied, if it stands within them. */
  advance(range: AppliedRange): void;
  /** At most `limit` products and tombstones behind an id, in the order of ids. */
  products(afterId: string, limit: number): ProductState[];
  /** At most `limit` outcomes behind a command's id, in the order of ids. */
  outcomes(afterId: string, limit: number): CommandOutcome[];
  decided(commandId: string): CommandOutcome | null;
  count(): Counts;
}

/**
 * A product's `place` orders it: by the time of its creation, then in the order of arrival. It is also its row in the
 * full-text index, whose matches so come in order without sorting.
 */
const tables = (n: number) => `
  CREATE TABLE IF NOT EXISTS products_${n} (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    product BLOB NOT NULL
  ) STRICT;
  CREATE VIRTUAL TABLE IF NOT EXISTS terms_${n} USING fts5 (
    name, description, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3', detail = 'column'
  );
  CREATE TABLE IF NOT EXISTS outcomes_${n} (
    command_id TEXT PRIMARY KEY,
    decided_at_ms INTEGER NOT NULL,
    status BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS positions_${n} (partition INTEGER PRIMARY KEY, next_offset INTEGER NOT NULL) STRICT;
`;

/** What reads and removals need and filling does not. */
const indexes = (n: number) => `
  CREATE INDEX IF NOT EXISTS products_${n}_present ON products_${n} (place) WHERE deleted = 0;
  CREATE INDEX IF NOT EXISTS outcomes_${n}_by_time ON outcomes_${n} (decided_at_ms);
`;

/** Opens the tables of a generation, made when they are missing. */
export function openGeneration(database: DatabaseSync, number: number): Generation {
  database.exec(tables(number));
  const statements = prepare(database, number);

  function storeProduct(state: ProductState): boolean {
    const { product, deleted } = state;
    const existing = statements.version.get(product.id);
    if (existing && (existing.version as bigint) >= product.version) return false;
    const bytes = Product.encode(product).finish();
    const place = existing ? (existing.place as bigint) : newPlace(product.createdAtMs);
    if (existing) statements.update.run(product.version, deleted ? 1 : 0, bytes, place);
    else statements.insert.run(place, product.id, product.version, deleted ? 1 : 0, bytes);
    if (deleted) statements.removeTerms.run(place);
    else {
      // A new row needs no look for an old one.
      const put = existing ? statements.putTerms : statements.insertTerms;
      put.run(place, searchTerms(product.name).join(' '), searchTerms(product.description).join(' '));
    }
    return true;
  }

  function newPlace(createdAtMs: bigint): bigint {
    const first = firstPlaceAt(createdAtMs);
    const taken = statements.lastPlace.get(first, lastPlaceAt(createdAtMs))?.place as bigint | null | undefined;
    return typeof taken === 'bigint' ? taken + 1n : first;
  }

  function storeOutcome({ status, decidedAtMs }: CommandOutcome): void {
    statements.putOutcome.run(status.commandId, decidedAtMs, CommandStatus.encode(status).finish());
  }

  return {
    number,
    database,
    index: () => database.exec(indexes(number)),
    apply(changes) {
      const { products, outcomes } = distinct(changes);
      const stored = products.filter(storeProduct);
      for (const outcome of outcomes) storeOutcome(outcome);
      return stored;
    },
    get(id) {
      const row = statements.get.get(id);
      return row ? stateOf(row) : null;
    },
    outcome(commandId) {
      const row = statements.outcome.get(commandId);
      return row ? CommandStatus.decode(row.status as Uint8Array) : null;
    },
    removeOutcomes: (olderThanMs, limit) => Number(statements.removeOutcomes.run(olderThanMs, limit).changes),
    positions: () =>
      new Map(statements.positions.all().map((row) => [Number(row.partition), row.next_offset as bigint])),
    savePositions(positions) {
      for (const [partition, nextOffset] of positions) statements.putPosition.run(partition, nextOffset);
    },
    advance({ partition, firstOffset, nextOffset }) {
      statements.advance.run(nextOffset, partition, firstOffset, nextOffset);
    },
    products: (afterId, limit) => statements.products.all(afterId, limit).map(stateOf),
    outcomes: (afterId, limit) => statements.outcomes.all(afterId, limit).map(outcomeOf),
    decided(commandId) {
      const row = statements.outcome.get(commandId);
      return row ? outcomeOf(row) : null;
    },
    count() {
      const counted = statements.count.get();
      const number = (name: string) => Number(counted?.[name]);
      return { products: number('products'), tombstones: number('tombstones'), outcomes: number('outcomes') };
    },
  };
}

type Row = Record<string, unknown>;

function stateOf(row: Row): ProductState {
  return { product: Product.decode(row.product as Uint8Array), deleted: row.deleted === 1n };
}

function outcomeOf(row: Row): CommandOutcome {
  return { status: CommandStatus.decode(row.status as Uint8Array), decidedAtMs: Number(row.decided_at_ms) };
}

/** Drops the tables of a generation, whatever their layout. */
export function dropGeneration(database: DatabaseSync, number: number): void {
  for (const table of ['products', 'terms', 'outcomes', 'positions'])
    database.exec(`DROP TABLE IF EXISTS ${table}_${number}`);
}

/** The generations that lie in a database, whether they serve or not. */
export function generationsIn(database: DatabaseSync): number[] {
  const rows = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'products_[0-9]*'")
    .all();
  return rows.map((row) => Number(String(row.name).slice('products_'.length)));
}

function prepare(database: DatabaseSync, n: number) {
  const big = (sql: string): StatementSync => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  return {
    get: big(`SELECT product, deleted FROM products_${n} WHERE id = ?`),
    version: big(`SELECT place, version FROM products_${n} WHERE id = ?`),
    lastPlace: big(`SELECT max(place) AS place FROM products_${n} WHERE place BETWEEN ? AND ?`),
    insert: big(`INSERT INTO products_${n} (place, id, version, deleted, product) VALUES (?, ?, ?, ?, ?)`),
    update: big(`UPDATE products_${n} SET version = ?, deleted = ?, product = ? WHERE place = ?`),
    insertTerms: big(`INSERT INTO terms_${n} (rowid, name, description) VALUES (?, ?, ?)`),
    putTerms: big(`INSERT OR REPLACE INTO terms_${n} (rowid, name, description) VALUES (?, ?, ?)`),
    removeTerms: big(`DELETE FROM terms_${n} WHERE rowid = ?`),
    products: big(`SELECT product, deleted FROM products_${n} WHERE id > ? ORDER BY id LIMIT ?`),
    outcomes: big(`SELECT decided_at_ms, status FROM outcomes_${n} WHERE command_id > ? ORDER BY command_id LIMIT ?`),
    count: big(
      `SELECT (SELECT count(*) FROM products_${n} WHERE deleted = 0) AS products,
         (SELECT count(*) FROM products_${n} WHERE deleted = 1) AS tombstones,
         (SELECT count(*) FROM outcomes_${n}) AS outcomes`,
    ),
    outcome: big(`SELECT decided_at_ms, status FROM outcomes_${n} WHERE command_id = ?`),
    putOutcome: big(`INSERT OR IGNORE INTO outcomes_${n} (command_id, decided_at_ms, status) VALUES (?, ?, ?)`),
    removeOutcomes: big(
      `DELETE FROM outcomes_${n} WHERE command_id IN
         (SELECT command_id FROM outcomes_${n} WHERE decided_at_ms < ? ORDER BY decided_at_ms LIMIT ?)`,
    ),
    positions: big(`SELECT partition, next_offset FROM positions_${n}`),
    advance: big(
      `UPDATE positions_${n} SET next_offset = ? WHERE partition = ? AND next_offset >= ? AND next_offset < ?`,
    ),
    putPosition: big(`INSERT OR REPLACE INTO positions_${n} (partition, next_offset) VALUES (?, ?)`),
  };
}
