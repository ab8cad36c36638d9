import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '@tributary/engines';
import { rowsAnswer, startFakeGateway } from './fake-gateway.ts';
import { openGateway } from './gateway.ts';

test('the URL is the base or the endpoint itself', async () => {
  const fake = await startFakeGateway(({ rows }) => rowsAnswer(rows.map(() => null)));
  for (const url of [fake.url, `${fake.url}/`, `${fake.url}/graphql`]) {
    const gateway = await openGateway({ url, connections: 1 });
    assert.deepEqual(await gateway.look(['a', 'b']), [{ value: null }, { value: null }]);
    await gateway.close();
  }
  assert.deepEqual(fake.requests[0]?.rows, ['a', 'b']);
  await fake.close();
});

test('where nothing answers it says so at once', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  await assert.rejects(
    openGateway({ url, connections: 1 }),
    /^ImportError: nothing answers at .*\/graphql: .*ECONNREFUSED/,
  );
});
