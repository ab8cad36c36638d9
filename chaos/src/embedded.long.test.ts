import { test } from 'node:test';
import { killEmbedded } from './embedded-kills.ts';

test('killed 50 times under load, the embedded stack loses, doubles and reorders nothing', (t) =>
  killEmbedded(t, { seed: 12, kills: 50 }));
