import type { AlertGroup } from '../alert.ts';

const of = 'job="node-exporter", instance="node-exporter:9100"';
const disk = `${of}, device="/dev/sda1", fstype="ext4", mountpoint="/"`;
const node = { job: 'node-exporter', instance: 'node-exporter:9100' };

/** File systems that are no disk. */
export const NO_DISK = 'tmpfs|ramfs|overlay|squashfs|fuse.*|rootfs';

export const hostAlerts: AlertGroup = {
  name: 'host',
  alerts: [
    {
      name: 'HostDiskNearlyFull',
      expr: `node_filesystem_avail_bytes{fstype!~"${NO_DISK}"} / node_filesystem_size_bytes{fstype!~"${NO_DISK}"} < 0.1`,
      for: '5m',
      severity: 'critical',
      summary: 'The disk at {{ $labels.mountpoint }} of {{ $labels.instance }} is nearly full',
      description: '{{ $value | humanizePercentage }} of it is free. Kafka and PostgreSQL stop when nothing is.',
      fires: {
        when: '5 % are free',
        series: { [`node_filesystem_avail_bytes{${disk}}`]: '5x15', [`node_filesystem_size_bytes{${disk}}`]: '100x15' },
        notYet: '4m',
        at: '10m',
        alerts: [
          {
            labels: { ...node, device: '/dev/sda1', fstype: 'ext4', mountpoint: '/' },
            summary: 'The disk at / of node-exporter:9100 is nearly full',
            description: '5% of it is free. Kafka and PostgreSQL stop when nothing is.',
          },
        ],
      },
      silent: [
        {
          when: '20 % are free, and memory that looks like a disk is full',
          series: {
            [`node_filesystem_avail_bytes{${disk}}`]: '20x15',
            [`node_filesystem_size_bytes{${disk}}`]: '100x15',
            [`node_filesystem_avail_bytes{${of}, device="tmpfs", fstype="tmpfs", mountpoint="/run"}`]: '0x15',
            [`node_filesystem_size_bytes{${of}, device="tmpfs", fstype="tmpfs", mountpoint="/run"}`]: '100x15',
          },
          at: '10m',
        },
      ],
    },
    {
      name: 'HostMemoryLow',
      expr: 'node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.1',
      for: '5m',
      severity: 'warning',
      summary: '{{ $labels.instance }} has hardly any memory left',
      description: '{{ $value | humanizePercentage }} of it is available. Without any the kernel kills a process.',
      fires: {
        when: '5 % are available',
        series: {
          [`node_memory_MemAvailable_bytes{${of}}`]: '5x15',
          [`node_memory_MemTotal_bytes{${of}}`]: '100x15',
        },
        notYet: '4m',
        at: '10m',
        alerts: [
          {
            labels: node,
            summary: 'node-exporter:9100 has hardly any memory left',
            description: '5% of it is available. Without any the kernel kills a process.',
          },
        ],
      },
      silent: [
        {
          when: 'half of it is available',
          series: {
            [`node_memory_MemAvailable_bytes{${of}}`]: '50x15',
            [`node_memory_MemTotal_bytes{${of}}`]: '100x15',
          },
          at: '10m',
        },
      ],
    },
  ],
};
