export { createKafkaEventLog, type KafkaEventLogOptions } from './event-log.ts';
export { type OpenKafkaEventLogOptions, openKafkaEventLog } from './open.ts';
