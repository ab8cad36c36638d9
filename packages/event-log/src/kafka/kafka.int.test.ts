import { engineAddresses, uniqueName } from '@tributary/engines';
import { silentLogger } from '@tributary/service';
import { Kafka, logLevel } from 'kafkajs';
import { eventLogContract } from '../contract.ts';
import { createKafkaEventLog } from './index.ts';

eventLogContract('Kafka', async () => {
  const { kafkaBrokers } = await engineAddresses(['kafka']);
  const logger = silentLogger();
  const log = await createKafkaEventLog({ brokers: kafkaBrokers, clientId: 'contract-a', logger });
  const replica = await createKafkaEventLog({ brokers: kafkaBrokers, clientId: 'contract-b', logger });
  const admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const made: string[] = [];
  return {
    log,
    replica,
    topicName: () => {
      const name = uniqueName('contract');
      made.push(name);
      return name;
    },
    leftoverGroups: async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId),
    stop: async () => {
      await Promise.all([log.close(), replica.close()]);
      const existing = new Set(await admin.listTopics());
      await admin.deleteTopics({ topics: made.filter((name) => existing.has(name)) });
      await admin.disconnect();
    },
  };
});
