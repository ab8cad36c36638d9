import type { MetricType } from './known.ts';

/** Of what others export, that which rules and dashboards use, with its type: Prometheus, node_exporter 1.5, redis_exporter 1.45. */
export const exported: Readonly<Record<string, MetricType>> = {
  up: 'gauge',
  scrape_duration_seconds: 'gauge',

  node_boot_time_seconds: 'gauge',
  node_cpu_seconds_total: 'counter',
  node_disk_io_time_seconds_total: 'counter',
  node_disk_read_bytes_total: 'counter',
  node_disk_written_bytes_total: 'counter',
  node_filesystem_avail_bytes: 'gauge',
  node_filesystem_size_bytes: 'gauge',
  node_load1: 'gauge',
  node_load5: 'gauge',
  node_memory_MemAvailable_bytes: 'gauge',
  node_memory_MemTotal_bytes: 'gauge',
  node_memory_SwapFree_bytes: 'gauge',
  node_memory_SwapTotal_bytes: 'gauge',
  node_network_receive_bytes_total: 'counter',
  node_network_transmit_bytes_total: 'counter',
  node_pressure_cpu_waiting_seconds_total: 'counter',
  node_pressure_io_waiting_seconds_total: 'counter',
  node_pressure_memory_waiting_seconds_total: 'counter',

  redis_commands_processed_total: 'counter',
  redis_commands_duration_seconds_total: 'counter',
  redis_commands_total: 'counter',
  redis_connected_clients: 'gauge',
  redis_db_keys: 'gauge',
  redis_evicted_keys_total: 'counter',
  redis_expired_keys_total: 'counter',
  redis_keyspace_hits_total: 'counter',
  redis_keyspace_misses_total: 'counter',
  redis_memory_max_bytes: 'gauge',
  redis_memory_used_bytes: 'gauge',
  redis_up: 'gauge',
};
