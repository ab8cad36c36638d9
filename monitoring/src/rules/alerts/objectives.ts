import type { Alert, AlertGroup } from '../alert.ts';
import { type Burn, burns, type Objective, objectives } from '../slo.ts';

const FAST: readonly Burn[] = [
  { factor: 14.4, long: '1h', short: '5m' },
  { factor: 6, long: '6h', short: '30m' },
];
const SLOW: readonly Burn[] = [
  { factor: 3, long: '1d', short: '2h' },
  { factor: 1, long: '3d', short: '6h' },
];

const summaries: Readonly<Record<string, string>> = {
  command_latency: 'Commands wait too long for their outcome',
  freshness: 'Changes take too long to become readable',
};

function burnAlerts(objective: Objective): readonly [Alert, Alert] {
  const { alert, name, promise, histogram, withinSeconds } = objective;
  const summary = summaries[name] as string;
  /** So many commands a minute, of which so many are late, for so many minutes; then all are in time for a while. */
  const load = (perMinute: number, late: number, minutes: number, healed = 0) => {
    const inTime = perMinute - late;
    const counted = (each: number) =>
      healed === 0 ? `0+${each}x${minutes}` : `0+${each}x${minutes} ${each * minutes}+${perMinute}x${healed}`;
    return {
      [`${histogram}_bucket{job="p", instance="p:1", le="${withinSeconds}"}`]: counted(inTime),
      [`${histogram}_count{job="p", instance="p:1"}`]: counted(perMinute),
    };
  };
  const describe = (rate: string, window: string) =>
    `Promised: ${promise}. At the present rate of late ones the budget of 30 days is spent in ${rate}; judged over ${window}.`;
  const fast = describe('5 days or less', '1 h and 6 h');
  const slowly = describe('30 days or less', '1 and 3 days');
  return [
    {
      name: `${alert}BurnsFast`,
      expr: burns(objective, FAST),
      severity: 'critical',
      labels: { slo: name },
      summary,
      description: fast,
      fires: {
        when: 'one in five is late',
        series: load(100, 20, 60),
        at: '30m',
        alerts: [{ labels: { slo: name }, summary, description: fast }],
      },
      silent: [
        { when: 'one in fifty is late', series: load(100, 2, 60), at: '30m' },
        { when: 'it is over', series: load(100, 20, 20, 40), at: '58m' },
        { when: 'hardly anybody asks', series: load(1, 1, 40), at: '30m' },
      ],
    },
    {
      name: `${alert}BurnsSlowly`,
      expr: burns(objective, SLOW),
      for: '15m',
      severity: 'warning',
      labels: { slo: name },
      summary: `${summary}, little by little`,
      description: slowly,
      fires: {
        when: 'one in fifty is late',
        series: load(100, 2, 120),
        notYet: '10m',
        at: '90m',
        alerts: [{ labels: { slo: name }, summary: `${summary}, little by little`, description: slowly }],
      },
      silent: [
        { when: 'one in two hundred is late', series: load(200, 1, 120), at: '90m' },
        { when: 'hardly anybody asks', series: load(0, 0, 120), at: '90m' },
      ],
    },
  ];
}

export const objectiveAlerts: AlertGroup = { name: 'objectives', alerts: objectives.flatMap(burnAlerts) };
