import type { AlertGroup } from '../alert.ts';
import { commandAlerts } from './commands.ts';
import { gatewayAlerts } from './gateway.ts';
import { hostAlerts } from './host.ts';
import { logAlerts } from './log.ts';
import { objectiveAlerts } from './objectives.ts';
import { processAlerts } from './processes.ts';
import { readModelAlerts } from './read-model.ts';
import { subscriptionAlerts } from './subscriptions.ts';

export const alertGroups: readonly AlertGroup[] = [
  objectiveAlerts,
  processAlerts,
  gatewayAlerts,
  commandAlerts,
  logAlerts,
  readModelAlerts,
  subscriptionAlerts,
  hostAlerts,
];
