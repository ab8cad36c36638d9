import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { startDeployment } from './deployment.ts';
import { badInputScenarios } from './scenarios/bad-input.ts';
import { commandScenarios } from './scenarios/commands.ts';
import { grpcScenarios } from './scenarios/grpc.ts';
import { idempotencyScenarios } from './scenarios/idempotency.ts';
import { rebuildScenarios } from './scenarios/rebuild.ts';
import { restScenarios } from './scenarios/rest.ts';
import { searchScenarios } from './scenarios/search.ts';
import { subscriptionScenarios } from './scenarios/subscriptions.ts';

// Two of each: what works only in one process is a bug that one process hides.
const deployment = await startDeployment(2);
after(() => deployment.discard());

describe('real engines: commands', () => commandScenarios(deployment));
describe('real engines: idempotency and versions', () => idempotencyScenarios(deployment));
describe('real engines: search', () => searchScenarios(deployment));
describe('real engines: REST', () => restScenarios(deployment));
describe('real engines: subscriptions', () => subscriptionScenarios(deployment));
describe('real engines: bad input', () => badInputScenarios(deployment));
describe('real engines: gRPC', () => grpcScenarios(deployment));
describe('real engines: rebuilding', () => rebuildScenarios(deployment, deployment.adminUrls));

describe('real engines: the processes', () => {
  test('every service stops cleanly', async () => {
    for (const { service, exitCode } of await deployment.stop())
      assert.equal(exitCode, 0, `${service.name}\n${service.output().slice(-4_000)}`);
  });

  test('no service logged a failure', () => {
    for (const service of deployment.services)
      assert.doesNotMatch(service.output(), /"level":"(error|fatal)"/, service.name);
  });
});
