export type { AddressesOf, EngineAddresses } from './addresses.ts';
export { type EnginesConfig, readEnginesConfig } from './config.ts';
export { engineStatus, stopEngines, upEngines } from './default-engines.ts';
export { type EngineName, type EnginePorts, engineNames } from './engine.ts';
export { EngineError, type EngineErrorCode } from './errors.ts';
export type { EngineStatus } from './home.ts';
export { freePort } from './ports.ts';
export { type EngineHandle, type EngineSet, type StartOptions, startEngines } from './private-engines.ts';
export { createTestDatabase, engineAddresses, type TestDatabase, uniqueName } from './test-engines.ts';
