import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productEvents } from '@tributary/proto/topics.ts';
import type { LiveTopic } from '../stream/live-event.ts';
import { type Notice, noticeOf } from './event.ts';

/** The topic of product events, as subscribers are told of it. */
export const productTopic: LiveTopic<Notice> = {
  name: productEvents.name,
  partitions: productEvents.partitions,
  read: ({ value }) => noticeOf(ProductEvent.decode(value)),
};
