import { test } from 'node:test';
import { killEmbedded } from './embedded-kills.ts';

test('killed under load, the embedded stack loses, doubles and reorders nothing', (t) =>
  killEmbedded(t, { seed: 11, kills: 3 }));
