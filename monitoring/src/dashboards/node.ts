import { SERVICES } from '../rules/expressions.ts';
import type { DashboardSpec } from './panel.ts';
import { instances, of, rate, sumBy } from './queries.ts';

const services = `job=~"${SERVICES}"`;
const legend = '{{job}} {{instance}}';

export const node: DashboardSpec = {
  uid: 'tributary-node',
  title: 'Node processes',
  description: 'CPU, event loop, memory and garbage of each process.',
  variables: [instances],
  rows: [
    {
      title: 'Time',
      panels: [
        {
          title: 'CPU',
          description: 'Cores in use: 1 is one core.',
          unit: 'percentunit',
          queries: [{ expr: rate('process_cpu_seconds_total', services), legend }],
        },
        {
          title: 'Event loop at work',
          description: 'Share of the time. Near 1: no time left, everything waits.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          thresholds: [0.7, 0.9],
          queries: [{ expr: of('tributary_event_loop_utilization_ratio'), legend }],
        },
        {
          title: 'Event loop lag, p99',
          description: 'How late one turn in a hundred is. Long tasks and garbage make it so.',
          unit: 's',
          thresholds: [0.1, 0.2],
          queries: [{ expr: of('nodejs_eventloop_lag_p99_seconds', services), legend }],
        },
        {
          title: 'Up since',
          description: 'How long each process has run.',
          unit: 's',
          queries: [{ expr: `time() - ${of('process_start_time_seconds', services)}`, legend }],
        },
        {
          title: 'Starts',
          description: 'Within the last 15 minutes. A deployment is one.',
          unit: 'short',
          thresholds: [2, 3],
          queries: [{ expr: `changes(${of('process_start_time_seconds', services)}[15m])`, legend }],
        },
        {
          title: 'Time of a scrape',
          description: 'How long a process takes to tell its metrics.',
          unit: 's',
          queries: [{ expr: of('scrape_duration_seconds', services), legend }],
        },
      ],
    },
    {
      title: 'Memory',
      panels: [
        {
          title: 'Resident memory',
          description: 'What the process holds of the host’s memory.',
          unit: 'bytes',
          queries: [{ expr: of('process_resident_memory_bytes', services), legend }],
        },
        {
          title: 'Heap in use',
          description: 'Objects of JavaScript, and what they may grow to. A line that rises for days is a leak.',
          unit: 'bytes',
          queries: [
            { expr: of('nodejs_heap_size_used_bytes', services), legend },
            { expr: of('tributary_heap_limit_bytes', services), legend: `${legend} limit` },
          ],
        },
        {
          title: 'Outside the heap',
          description: 'Buffers and the like.',
          unit: 'bytes',
          queries: [{ expr: of('nodejs_external_memory_bytes', services), legend }],
        },
        {
          title: 'Time spent on garbage',
          description: 'Share of the time, by kind. Much of major: the heap is near its limit.',
          unit: 'percentunit',
          queries: [
            {
              expr: sumBy(['job', 'instance', 'kind'], rate('nodejs_gc_duration_seconds_sum', services)),
              legend: '{{job}} {{instance}} {{kind}}',
            },
          ],
        },
        {
          title: 'Collections',
          description: 'A second, by kind.',
          unit: 'ops',
          queries: [
            {
              expr: sumBy(['job', 'instance', 'kind'], rate('nodejs_gc_duration_seconds_count', services)),
              legend: '{{job}} {{instance}} {{kind}}',
            },
          ],
        },
        {
          title: 'Spans',
          description:
            'Of traces, a second, by what became of them. What is not sent is lost: the receiver refuses it or is too slow.',
          unit: 'ops',
          queries: [
            {
              expr: sumBy(['job', 'instance', 'result'], rate('tributary_traces_spans_total', services)),
              legend: '{{job}} {{instance}} {{result}}',
            },
          ],
        },
        {
          title: 'Handles and files',
          description: 'Sockets, timers and files that are open. A line that rises for days is a leak.',
          unit: 'short',
          queries: [
            { expr: of('process_open_fds', services), legend: '{{job}} {{instance}} files' },
            { expr: of('nodejs_active_handles_total', services), legend: '{{job}} {{instance}} handles' },
          ],
        },
      ],
    },
  ],
};
