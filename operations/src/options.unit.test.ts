import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultAddresses } from './admin/addresses.ts';
import { commands } from './commands/index.ts';
import { helpText } from './help.ts';
import { readOptions } from './options.ts';

const read = (line: string, env: Record<string, string> = {}) =>
  readOptions(line.split(' ').filter(Boolean), env, commands);
const usage = (message: RegExp) => ({ name: 'OpsError', code: 'USAGE', exitCode: 2, message });

test('a command is found by its words, with its arguments and options', () => {
  const { command, args, flags, json, yes } = read('dead-letters drop commands-0-1 --json events-0-2 --yes');
  assert.equal(command?.name, 'dead-letters drop');
  assert.deepEqual(args, ['commands-0-1', 'events-0-2']);
  assert.deepEqual([flags, json, yes], [{ all: false, kafka: false, 'accept-differences': false }, true, true]);
  assert.equal(read('--json status').command?.name, 'status');
  assert.equal(read('topics check --kafka').flags.kafka, true);
});

test('where to ask comes from the command line, then the environment, then the defaults', () => {
  const env = { TRIBUTARY_ADMIN: 'a:1,b:2', TRIBUTARY_ADMIN_TOKEN: 'of the environment' };
  assert.deepEqual(read('status', env).addresses, ['a:1', 'b:2']);
  assert.equal(read('status', env).token, 'of the environment');
  assert.deepEqual(read('status --admin http://c:3/,[::1]:4,c:3 --token t', env).addresses, ['c:3', '[::1]:4']);
  assert.equal(read('status --token t', env).token, 't');
  assert.equal(read('status', { TRIBUTARY_ADMIN: '' }).addresses, defaultAddresses);
});

test('a command line that will not do is refused in words that help', () => {
  assert.throws(() => read(''), usage(/say what to do/));
  assert.throws(() => read('restart'), usage(/no command restart/));
  assert.throws(() => read('read-model burn'), usage(/read-model takes one of status, rebuild, verify/));
  assert.throws(() => read('commands show'), usage(/commands show takes ID/));
  assert.throws(() => read('commands show a b'), usage(/b is too much/));
  assert.throws(() => read('status --all'), usage(/status has no --all/));
  assert.throws(() => read('status --colour'), usage(/--colour/));
  for (const admin of ['nowhere', 'a:0', 'a:70000', 'a:1;b:2', ','])
    assert.throws(() => read(`status --admin ${admin}`), usage(/is not a list of host:port/));
});

test('help is there for all, for a group and for one, and names everything', () => {
  const help = (line: string) => helpText(read(line).helpWith, commands);
  for (const { name, summary } of commands) {
    assert(help('--help').includes(`${name} `), name);
    assert(help('--help').includes(summary), name);
    assert.match(help(`${name} --help`), new RegExp(`^npm run ops -- ${name}`));
  }
  for (const option of ['--admin', '--token', '--json', '--yes', 'TRIBUTARY_ADMIN_TOKEN', '130'])
    assert(help('--help').includes(option), option);
  assert.match(help('dead-letters --help'), /list.*show.*replay.*drop/s);
  assert.doesNotMatch(help('dead-letters drop --help'), /dead-letters replay/);
  assert.match(help('dead-letters drop --help'), /Asks first/);
  assert.throws(() => help('restart --help'), usage(/no command restart/));
});

test('what changes something for good is dangerous, what only looks is not', () => {
  const dangerous = commands.filter((one) => one.dangerous).map(({ name }) => name);
  assert.deepEqual(dangerous, [
    ...['dead-letters replay', 'dead-letters drop'],
    ...['read-model rebuild', 'read-model rollback', 'read-model drop'],
  ]);
});
