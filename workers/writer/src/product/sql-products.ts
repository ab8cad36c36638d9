import { products } from '@tributary/drizzle/schema.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Session } from '../database/database.ts';
import { ConflictError } from '../database/errors.ts';
import { absent } from './decider.ts';
import type { KnownProduct, Products } from './products.ts';

interface Row {
  id: string;
  version: bigint;
  name: string;
  description: string;
  price: string;
  created_at_ms: bigint;
  updated_at_ms: bigint;
  deleted_at_ms: bigint | null;
}

// trim_scale gives the canonical form: 19.99 for the 19.9900 that the column keeps.
const columns = sql`id, version, name, description, trim_scale(price)::text as price, created_at_ms, updated_at_ms, deleted_at_ms`;

export function sqlProducts(session: Session): Products {
  return {
    async lock(ids) {
      const states = await select(session, sql`where id = any(${sql.param(ids)}::uuid[]) order by id for update`);
      return new Map(states.map((state) => [state.product.id, state]));
    },
    find: async (id) => (await select(session, sql`where id = ${id}`))[0] ?? absent,
    list: (afterId, limit) =>
      select(session, sql`where ${afterId}::uuid is null or id > ${afterId} order by id limit ${limit}`),
    async save(changed) {
      const rows = changed.flatMap(({ state, readVersion }) =>
        state.kind === 'absent' ? [] : [{ product: state.product, readVersion, isDeleted: state.kind === 'deleted' }],
      );
      if (rows.length === 0) return;
      const column = <T>(read: (row: (typeof rows)[number]) => T) => sql.param(rows.map(read));
      const saved = await session.rows(sql`
        with changed as (
          select * from unnest(
            ${column(({ product }) => product.id)}::uuid[],
            ${column(({ product }) => product.version)}::bigint[],
            ${column(({ product }) => product.name)}::text[],
            ${column(({ product }) => product.description)}::text[],
            ${column(({ product }) => product.price)}::numeric[],
            ${column(({ product }) => product.createdAtMs)}::bigint[],
            ${column(({ product }) => product.updatedAtMs)}::bigint[],
            ${column(({ product, isDeleted }) => (isDeleted ? product.updatedAtMs : null))}::bigint[],
            ${column(({ readVersion }) => readVersion)}::bigint[])
            as row (id, version, name, description, price, created_at_ms, updated_at_ms, deleted_at_ms, read_version)
        ), inserted as (
          insert into ${products} (id, version, name, description, price, created_at_ms, updated_at_ms, deleted_at_ms)
          select id, version, name, description, price, created_at_ms, updated_at_ms, deleted_at_ms
          from changed where read_version = 0 order by id
          returning id
        ), updated as (
          update ${products} as product
          set version = changed.version, name = changed.name, description = changed.description, price = changed.price,
            updated_at_ms = changed.updated_at_ms, deleted_at_ms = changed.deleted_at_ms
          from changed where product.id = changed.id and product.version = changed.read_version and changed.read_version > 0
          returning product.id
        )
        select id from inserted union all select id from updated`);
      if (saved.length !== rows.length) throw new ConflictError('a product was changed by another writer');
    },
  };
}

async function select(session: Session, which: SQL): Promise<KnownProduct[]> {
  const rows = await session.rows<Row>(sql`select ${columns} from ${products} ${which}`);
  return rows.map(stateOf);
}

function stateOf(row: Row): KnownProduct {
  const { id, version, name, description, price } = row;
  const product: Product = {
    id,
    version,
    name,
    description,
    price,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
  return { kind: row.deleted_at_ms === null ? 'present' : 'deleted', product };
}
