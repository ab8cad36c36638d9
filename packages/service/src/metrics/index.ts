export { createDurations, type Durations, type DurationsOptions } from './durations.ts';
export { type Exposition, exposeMetrics } from './exposition.ts';
