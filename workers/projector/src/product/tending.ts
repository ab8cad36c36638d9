import type { Generations } from './read-model/read-model.ts';

/**
 * Tells, of one look after another, whether a generation beside the one that serves needs somebody: it has never served and
 * nobody builds it, or it stands where it stood at the last look and behind the one that serves.
 */
export function createTendingRule(): (generations: Generations) => boolean {
  let last: Generations['maintained'] = new Map();
  return ({ serving, maintained, unproven }) => {
    const before = last;
    last = maintained;
    const served = maintained.get(serving) ?? new Map<number, bigint>();
    const isStuck = [...maintained].some(([name, positions]) =>
      [...positions].some(
        ([partition, offset]) => offset < (served.get(partition) ?? 0n) && before.get(name)?.get(partition) === offset,
      ),
    );
    return isStuck || unproven.size > 0;
  };
}
