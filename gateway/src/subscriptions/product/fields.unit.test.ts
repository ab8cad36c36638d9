import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandView } from '@tributary/product';
import { createVersionFloor, newTraceContext } from '@tributary/service';
import { GraphQLError } from 'graphql';
import { v7 } from 'uuid';
import { createProductFields } from './fields.ts';
import type { Outcomes } from './outcomes.ts';

const context = { requestId: 'r', trace: newTraceContext(), versions: createVersionFloor(), gone: new Set<string>() };

/** The values of commandOutcome for a command of which nothing is known, with a count of who listens and who asks. */
function openOutcome() {
  const listeners = new Set<(outcome: CommandView) => void>();
  const outcomes: Pick<Outcomes, 'onOutcome' | 'recentOutcome'> = {
    onOutcome(_, listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recentOutcome: () => undefined,
  };
  let searches = 0;
  const { commandOutcome } = createProductFields({
    outcomes: outcomes as Outcomes,
    execute: async () => {
      searches += 1;
      return { data: { command: { state: 'PENDING' } }, errors: [] };
    },
  });
  assert(commandOutcome?.kind === 'own');
  const values = commandOutcome.open({ id: v7() }, context);
  assert(!(values instanceof GraphQLError));
  return { values, listeners, searches: () => searches };
}

test('a search for an outcome ends with its subscription', async () => {
  const { values, listeners, searches } = openOutcome();
  assert.equal(listeners.size, 1);
  await new Promise(setImmediate);
  await values.return();
  assert.equal(listeners.size, 0);
  const searched = searches();
  // The first pause of a search is shorter than this.
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(searches(), searched);
});
