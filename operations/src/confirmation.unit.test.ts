import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { confirm } from './confirmation.ts';

const { signal } = new AbortController();
const screen = (isTTY: boolean) => Object.assign(new PassThrough(), { isTTY });

async function answered(answer: string | null): Promise<string> {
  const [input, output] = [screen(true), screen(true)];
  if (answer === null) input.end();
  else input.write(answer);
  await confirm('It will be gone.', { input, output, yes: false, signal });
  return String(output.read());
}

test('at a terminal it says what will happen, and yes goes on', async () => {
  for (const answer of ['y\n', 'Yes\n', '  YES \n'])
    assert.match(await answered(answer), /It will be gone\.\n.*\[y\/N\]/);
});

test('anything else than yes, or the end of the input, does nothing', async () => {
  for (const answer of ['\n', 'n\n', 'yesterday\n', null])
    await assert.rejects(answered(answer), { code: 'NOT_DONE', exitCode: 1 });
});

test('without a terminal nobody is asked: refused with what would happen, unless it was said before', async () => {
  for (const [input, output] of [
    [screen(false), screen(true)],
    [screen(true), screen(false)],
  ] as const) {
    const asking = { input, output, yes: false, signal };
    const refusal = { code: 'NOT_CONFIRMED', exitCode: 2, message: /It will be gone\..*--yes/s };
    await assert.rejects(confirm('It will be gone.', asking), refusal);
    await confirm('It will be gone.', { ...asking, yes: true });
  }
});

test('Ctrl-C ends the question', async () => {
  const interrupted = new AbortController();
  const asking = confirm('It will be gone.', {
    ...{ input: screen(true), output: screen(true), yes: false, signal: interrupted.signal },
  });
  interrupted.abort();
  await assert.rejects(asking, { name: 'AbortError' });
});
