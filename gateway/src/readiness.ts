import type { ReadinessCheck } from '@tributary/service';
import { readAnswer } from './supergraph/answer.ts';
import type { Replicas } from './supergraph/replicas.ts';

export interface SubgraphCheckOptions {
  readonly name: string;
  readonly replicas: Replicas;
  /** An operation without effect that needs whatever the subgraph needs to do its job. */
  readonly probe: string;
}

/** Whether a replica of the subgraph does its job now. */
export function subgraphCheck({ name, replicas, probe }: SubgraphCheckOptions): ReadinessCheck {
  const request = JSON.stringify({ query: probe });
  return {
    name,
    async check() {
      try {
        const { body } = await replicas.post(
          request,
          { 'content-type': 'application/json', accept: 'application/json' },
          { repeatable: true, read: readAnswer, onFailure: () => {} },
        );
        return body.errors ? `answers ${String(body.errors[0]?.extensions?.code ?? 'an error')}` : null;
      } catch {
        return 'does not answer';
      }
    },
  };
}
