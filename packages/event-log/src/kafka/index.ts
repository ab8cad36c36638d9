export { createKafkaEventLog, type KafkaEventLogOptions } from './event-log.ts';
export { type KafkaConfig, kafkaOptionsOf, type OpenKafkaEventLogOptions, openKafkaEventLog } from './open.ts';
