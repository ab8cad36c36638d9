import { NO_DISK } from '../rules/alerts/host.ts';
import type { DashboardSpec } from './panel.ts';

const host = 'instance=~"$host"';
const disk = `fstype!~"${NO_DISK}", ${host}`;
const rate = (metric: string, matchers = host) => `rate(${metric}{${matchers}}[$__rate_interval])`;

export const hostDashboard: DashboardSpec = {
  uid: 'tributary-host',
  title: 'Host',
  description: 'The machine that all of it runs on.',
  variables: [{ name: 'host', label: 'Host', query: 'label_values(node_boot_time_seconds, instance)' }],
  rows: [
    {
      title: 'CPU and memory',
      panels: [
        {
          title: 'CPU by use',
          description: 'Cores in use. steal, iowait: not by us.',
          unit: 'percentunit',
          stacked: true,
          queries: [
            { expr: `sum by (mode) (${rate('node_cpu_seconds_total', `mode!="idle", ${host}`)})`, legend: '{{mode}}' },
          ],
        },
        {
          title: 'Load',
          description: 'Tasks that run or wait. More than cores: they wait.',
          unit: 'short',
          queries: [
            { expr: `node_load1{${host}}`, legend: '1 min' },
            { expr: `node_load5{${host}}`, legend: '5 min' },
            { expr: `count(count by (cpu) (node_cpu_seconds_total{${host}}))`, legend: 'cores' },
          ],
        },
        {
          title: 'Tasks that wait',
          description: 'Share of the time in which some task waited for CPU, memory or disk (pressure of the kernel).',
          unit: 'percentunit',
          queries: [
            { expr: rate('node_pressure_cpu_waiting_seconds_total'), legend: 'CPU' },
            { expr: rate('node_pressure_memory_waiting_seconds_total'), legend: 'memory' },
            { expr: rate('node_pressure_io_waiting_seconds_total'), legend: 'disk' },
          ],
        },
        {
          title: 'Memory',
          description: 'available: what processes can still get.',
          unit: 'bytes',
          queries: [
            { expr: `node_memory_MemTotal_bytes{${host}}`, legend: 'all' },
            { expr: `node_memory_MemAvailable_bytes{${host}}`, legend: 'available' },
          ],
        },
        {
          title: 'Swap in use',
          description: 'More than a little: memory is short, and everything becomes slow.',
          unit: 'bytes',
          queries: [
            { expr: `node_memory_SwapTotal_bytes{${host}} - node_memory_SwapFree_bytes{${host}}`, legend: 'swap' },
          ],
        },
      ],
    },
    {
      title: 'Disk and network',
      panels: [
        {
          title: 'Disk in use',
          description: 'Share of each file system. When it is full, Kafka and PostgreSQL stop.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          thresholds: [0.8, 0.9],
          queries: [
            {
              expr: `1 - node_filesystem_avail_bytes{${disk}} / node_filesystem_size_bytes{${disk}}`,
              legend: '{{mountpoint}}',
            },
          ],
        },
        {
          title: 'Disk busy',
          description: 'Share of the time in which a disk has something to do.',
          unit: 'percentunit',
          queries: [{ expr: rate('node_disk_io_time_seconds_total'), legend: '{{device}}' }],
        },
        {
          title: 'Disk traffic',
          description: 'Bytes read and written a second.',
          unit: 'binBps',
          queries: [
            { expr: rate('node_disk_read_bytes_total'), legend: '{{device}} read' },
            { expr: rate('node_disk_written_bytes_total'), legend: '{{device}} written' },
          ],
        },
        {
          title: 'Network',
          description: 'Bytes a second, by interface.',
          unit: 'binBps',
          queries: [
            { expr: rate('node_network_receive_bytes_total', `device!="lo", ${host}`), legend: '{{device}} in' },
            { expr: rate('node_network_transmit_bytes_total', `device!="lo", ${host}`), legend: '{{device}} out' },
          ],
        },
      ],
    },
  ],
};
