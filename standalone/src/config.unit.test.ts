import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELP, readStandaloneConfig } from './config.ts';

test('options win over variables, variables over defaults', () => {
  const config = readStandaloneConfig(['--port', '5000', '--reset'], { PORT: '6000', DATA: '/tmp/x' });
  assert.deepEqual([config.PORT, config.DATA, config.ADMIN_PORT, config.reset], [5000, '/tmp/x', 9400, true]);
});

test('an unknown option and a malformed value are refused in words that help', () => {
  assert.throws(() => readStandaloneConfig(['--colour'], {}), { code: 'BAD_CONFIG', message: /--colour.*--help/s });
  assert.throws(() => readStandaloneConfig(['--port', 'x'], {}), {
    code: 'BAD_CONFIG',
    message: /PORT=x: is not a port number/,
  });
  assert.throws(() => readStandaloneConfig(['--allow-origin', 'localhost:5173'], {}), {
    code: 'BAD_CONFIG',
    message: /ALLOWED_ORIGINS=localhost:5173: is not a list of origins/,
  });
});

test('an origin is allowed by each option', () => {
  const args = ['--allow-origin', 'http://localhost:5173', '--allow-origin=https://shop.example'];
  assert.deepEqual(readStandaloneConfig(args, {}).ALLOWED_ORIGINS, ['http://localhost:5173', 'https://shop.example']);
});

test('the help names every option', () => {
  for (const option of ['--port', '--admin-port', '--data', '--allow-origin', '--reset', '--verbose', '--help'])
    assert(HELP.includes(option));
});
