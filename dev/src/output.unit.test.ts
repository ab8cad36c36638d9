import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { clock } from './log-line.ts';
import { createOutput } from './output.ts';

const NOW_MS = Date.UTC(2030, 0, 2, 3, 4, 5, 6);
const time = clock(NOW_MS);
const blank = ' '.repeat(time.length);

function given(isColored = false) {
  let text = '';
  const output = createOutput({
    write: (chunk) => {
      text += chunk;
    },
    sources: ['writer', 'gateway', 'dev'],
    colors: picocolors.createColors(isColored),
    nowMs: () => NOW_MS,
  });
  return { ...output, text: () => text };
}

const record = (fields: object) =>
  JSON.stringify({ level: 'info', time: new Date(NOW_MS + 1).toISOString(), pid: 1, hostname: 'h', ...fields });

test('a record of the log is one line: time, name, level, message and fields, in columns', () => {
  const { printed, text } = given();
  printed(
    'writer',
    record({ service: 'writer', msg: 'listens', port: 5002, where: 'over there', deep: { n: 1 } }),
    'stdout',
  );
  printed('gateway', record({ level: 'warn', msg: 'waiting' }), 'stdout');
  const later = clock(NOW_MS + 1);
  assert.equal(
    text(),
    [
      `${later} writer  INFO  listens port=5002 where="over there" deep={"n":1}`,
      `${later} gateway WARN  waiting`,
      '',
    ].join('\n'),
  );
});

test('the stack of an error follows in its own rows', () => {
  const { printed, text } = given();
  printed(
    'writer',
    record({ level: 'fatal', msg: 'cannot go on', err: { stack: 'Error: no\n    at here' } }),
    'stdout',
  );
  assert.match(
    text(),
    new RegExp(`FATAL cannot go on\n${blank} writer        Error: no\n${blank} writer            at here\n$`),
  );
});

test('whatever else a process prints is shown as it is', () => {
  const { printed, text } = given();
  for (const line of ['plain words', '{"no": "record"}', '{ broken', '']) printed('writer', line, 'stdout');
  assert.deepEqual(text().split('\n'), [
    `${time} writer        plain words`,
    `${time} writer        {"no": "record"}`,
    `${time} writer        { broken`,
    `${time} writer`,
    '',
  ]);
});

test('what the stack tells is in line with the messages', () => {
  const { tell, text } = given();
  tell('gateway', 'one\ntwo', 'bad');
  assert.equal(text(), `${time} gateway       one\n${blank} gateway       two\n`);
});

test('names have colors of their own, and what is wrong is red', () => {
  const { printed, tell, text } = given(true);
  printed('writer', record({ level: 'error', msg: 'broken' }), 'stdout');
  printed('gateway', 'SyntaxError', 'stderr');
  tell('writer', 'ended', 'bad');
  const [first = '', second = '', third = ''] = text().split('\n');
  const { cyan, magenta, red, bold } = picocolors.createColors(true);
  assert.ok(first.includes(cyan('writer ')) && first.includes(red('broken')));
  assert.ok(second.includes(magenta('gateway')) && second.includes(red('      SyntaxError')));
  assert.ok(third.includes(bold(red('      ended'))));
});
