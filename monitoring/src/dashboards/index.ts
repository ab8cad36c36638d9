import { command } from './command.ts';
import { hostDashboard } from './host.ts';
import { log } from './log.ts';
import { node } from './node.ts';
import { overview } from './overview.ts';
import type { DashboardSpec } from './panel.ts';
import { readModel } from './read-model.ts';
import { subscriptions } from './subscriptions.ts';

export const dashboards: readonly DashboardSpec[] = [
  overview,
  command,
  log,
  readModel,
  subscriptions,
  node,
  hostDashboard,
];
