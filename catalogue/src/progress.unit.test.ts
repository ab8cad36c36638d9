import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressLine, type Standing, summary } from './progress.ts';

const standing: Standing = {
  counts: { accepted: 1_200, repeated: 290, rejected: 10 },
  rowsBefore: 500,
  read: { rows: 3_000, share: 1 },
  elapsedMs: 2_000,
  trouble: null,
};

test('a line has a bar, the rate of this run, the time that is left and the counts', () => {
  assert.equal(
    progressLine(standing),
    '[############............]  50 %  500/s  0:03 left  1,200 accepted, 290 already there, 10 rejected',
  );
  assert.match(progressLine({ ...standing, read: { rows: 3_000, share: 0.004 } }), / 24:57 left /);
  assert.match(progressLine({ ...standing, read: { rows: 3_000, share: 0.001 } }), / 1:39:57 left /);
});

test('nothing is said of what is not known yet, and trouble is told', () => {
  const counts = { accepted: 0, repeated: 0, rejected: 0 };
  const begun = { ...standing, counts, rowsBefore: 0, read: { rows: 0, share: 0 }, elapsedMs: 0, trouble: 'HTTP 503' };
  assert.equal(
    progressLine(begun),
    '[........................]   0 %  0/s  0 accepted, 0 already there, 0 rejected  waiting: HTTP 503',
  );
});

test('the summary names the rejects file where there are rejects', () => {
  assert.equal(
    summary(standing, 'a.csv.rejects.csv'),
    [
      '  rows           1,500',
      '  accepted       1,200',
      '  already there  290',
      '  rejected       10, see a.csv.rejects.csv',
      '  took           2.0 s, 500 rows/s',
    ].join('\n'),
  );
  assert.doesNotMatch(summary({ ...standing, counts: { ...standing.counts, rejected: 0 } }, 'x'), /see/);
});
