import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toYaml } from './yaml.ts';

test('lists, maps and text of several lines are in block style', () => {
  const document = { groups: [{ name: 'a', rules: [{ expr: 'x\n  + y' }, { expr: 'z' }] }], none: [] };
  assert.equal(
    toYaml(document),
    [
      'groups:',
      '  - name: a',
      '    rules:',
      '      - expr: |-',
      '          x',
      '            + y',
      '      - expr: z',
      'none: []',
      '',
    ].join('\n'),
  );
});

test('text that would be read as something else is quoted', () => {
  for (const plain of ['up', 'a:b:rate5m', '5m', 'docs/a.md#b', 'No writer answers', '../rules/a.yml'])
    assert.equal(toYaml(plain), plain.startsWith('.') ? `'${plain}'\n` : `${plain}\n`);
  for (const quoted of ['a: b', 'a #b', 'true', '12', '{{ x }}', '- a', 'a:', "it's", '', ' a', '0x10'])
    assert.equal(toYaml(quoted), `'${quoted.replaceAll("'", "''")}'\n`);
});
