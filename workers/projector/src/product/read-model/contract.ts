import { describe } from 'node:test';
import { applyContract } from './contract/apply.ts';
import { buildContract } from './contract/build.ts';
import { closingContract } from './contract/closing.ts';
import { differentialContract } from './contract/differential.ts';
import { generationContract } from './contract/generations.ts';
import { outcomeContract } from './contract/outcomes.ts';
import { searchContract } from './contract/search.ts';
import type { StartReadModel } from './contract/store.ts';
import { switchContract } from './contract/switch.ts';

export type { ReadModelUnderTest } from './contract/store.ts';

/** What every read model does, whatever it is made of. Each call of `start` gives an empty store of its own. */
export function readModelContract(name: string, start: StartReadModel): void {
  describe(`read model contract: ${name}`, () => {
    buildContract(start);
    applyContract(start);
    outcomeContract(start);
    generationContract(start);
    switchContract(start);
    searchContract(start);
    differentialContract(start);
    closingContract(start);
  });
}
