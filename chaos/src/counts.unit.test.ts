import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallCase } from './checker/testing/small-case.ts';
import { committedIn, countsOf, inWords, sentIn, total } from './counts.ts';

test('changes are counted by what was told, and everything else by whether it was answered', () => {
  const { history } = smallCase();
  history[2]!.answer = { kind: 'lost', reason: 'ECONNRESET' };
  const counts = countsOf(history);
  assert.deepEqual(counts.commands, {
    COMMITTED: 6,
    REJECTED: 2,
    UNAVAILABLE: 1,
    COMMAND_NOT_CONFIRMED: 1,
    PENDING: 1,
  });
  assert.deepEqual(counts.reads, { lost: 1, answered: 5 });
  assert.equal(total(counts.commands), 11);
});

test('the longest silence is that between two commits', () => {
  const { history } = smallCase();
  assert.equal(countsOf(history).longestSilenceMs, 20);
  assert.equal(countsOf([]).longestSilenceMs, 0);
});

test('commits are counted as they come', () => {
  const { history } = smallCase();
  const growing = history.slice(0, 1);
  const committed = committedIn(growing);
  assert.deepEqual([committed(), committed()], [1, 1]);
  growing.push(...history.slice(1));
  assert.equal(committed(), 6);
});

test('what was refused before it was sent does not count as sent', () => {
  assert.equal(sentIn(smallCase().history)(), 10);
});

test('counts in words begin with the most frequent', () => {
  assert.equal(inWords({ lost: 1, COMMITTED: 12, PENDING: 3 }), '12 COMMITTED, 3 PENDING, 1 lost');
  assert.equal(inWords({}), 'none');
});
