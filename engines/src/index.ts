export type { AddressesOf, EngineAddresses, ObserverAddresses } from './addresses.ts';
export { requireChromium } from './browser.ts';
export { type EnginesConfig, readEnginesConfig } from './config.ts';
export { engineStatus, stopEngines, upEngines } from './default-engines.ts';
export {
  type AnyEngineName,
  type EngineName,
  type EnginePorts,
  engineNames,
  type Observed,
  type ObserverName,
  observerNames,
} from './engine.ts';
export type { EngineHandle } from './engine-handle.ts';
export { EngineError, type EngineErrorCode } from './errors.ts';
export type { EngineStatus } from './home.ts';
export { installObservers } from './observers.ts';
export { freePort } from './ports.ts';
export { type EngineSet, type StartOptions, startEngines } from './private-engines.ts';
export { reloadPrometheus } from './prometheus.ts';
export { type LabelledTarget, type ScrapeOptions, scrapeConfiguration } from './scrape-configuration.ts';
export { type SystemPostgres, startSystemPostgres } from './system-postgres.ts';
export { createTestDatabase, engineAddresses, type TestDatabase, uniqueName } from './test-engines.ts';
