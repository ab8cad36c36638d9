import type { Entry } from '../../history/entry.ts';
import { type Facts, groupBy, type ProductRead } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** For one client, the versions that it reads with `minVersion`, or is told, never fall. */
export function session({ reads, tellings }: Facts): Finding[] {
  const versioned = reads.filter(({ entry, minVersion }) => entry.operation.kind === 'read' && minVersion !== null);
  const known = [
    ...versioned.map(({ entry, productId, product }) => ({ entry, productId, version: product?.version ?? null })),
    ...tellings.map(({ entry, told }) => ({ entry, productId: told.productId, version: told.version })),
  ];
  const knownOf = groupBy(known, ({ entry, productId }) => sessionOf(entry, productId));
  return versioned.flatMap((read) => {
    const seen = read.product?.version ?? null;
    if (seen === null) return [];
    const before = (knownOf.get(sessionOf(read.entry, read.productId)) ?? []).filter(
      ({ entry, version }) => entry.answeredMs <= read.entry.invokedMs && version !== null && version > seen,
    );
    return before.length === 0
      ? []
      : [
          fell(
            read,
            seen,
            before.map(({ entry }) => entry),
          ),
        ];
  });
}

const sessionOf = (entry: Entry, productId: string | null) => `${entry.client} ${productId}`;

function fell({ entry, productId }: ProductRead, seen: number, before: readonly Entry[]): Finding {
  const message = `${entry.client} read version ${seen} (#${entry.n}) after it knew a newer one`;
  return finding(productId, message, { entries: [...before, entry] });
}
