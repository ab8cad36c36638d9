import type { Replica, System } from '@tributary/e2e';
import type { EngineHandle } from '@tributary/engines';
import type { Evidence } from '../evidence/evidence.ts';

/** A whole Tributary, started to be broken. */
export interface ChaosSystem extends System {
  /** Every process of it. */
  readonly replicas: readonly Replica[];
  /** Its engines; null for the embedded stack, which has none. */
  readonly engines: ChaosEngines | null;
  /**
   * What is not done yet, for whoever waits until everything is; null when nothing is. May reject while something is away.
   * @param commandIds commands that must have an outcome that can be read
   */
  pending(commandIds: readonly string[]): Promise<string | null>;
  /**
   * What the run left in every place. Only when nothing is pending; ends what must be ended for it.
   * @param productIds products that clients have met
   */
  evidence(productIds: readonly string[]): Promise<Evidence>;
  /** Ends everything and deletes its data. */
  discard(): Promise<void>;
}

export interface ChaosEngines {
  /** One, or three. */
  readonly brokers: readonly EngineHandle[];
  readonly postgres: EngineHandle;
  readonly redis: EngineHandle;
  readonly mongo: EngineHandle;
}
