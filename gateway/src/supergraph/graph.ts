import { createHash } from 'node:crypto';
import { Supergraph } from '@apollo/federation-internals';
import { type Logger, StartError } from '@tributary/service';
import { assertValidSchema, type GraphQLSchema } from 'graphql';
import type { Documents } from '../documents.ts';
import { createFederation, type Federation } from './federation.ts';
import { type FitnessOptions, misfits } from './fitness.ts';
import type { SupergraphMetrics } from './metrics.ts';
import type { Subgraphs } from './subgraphs.ts';
import { SupergraphError } from './supergraph-error.ts';

/** The graph of one supergraph. An operation is validated, planned and executed by one and the same generation. */
export interface GraphGeneration {
  /** 1 for the supergraph that the gateway started with. */
  readonly number: number;
  readonly federation: Federation;
  readonly documents: Documents;
}

/** The graph as it is now: a new supergraph makes a new generation, and what is under way stays with its own. */
export interface Graph {
  /** To be asked once per operation, and kept while it runs. */
  current(): GraphGeneration;
  /**
   * Loads a new supergraph. The same SDL again changes nothing.
   * @throws SupergraphError when it cannot be loaded; the old one stays.
   */
  load(sdl: string): void;
  /** Calls back after each load until the answer is called. */
  onChange(listener: (generation: GraphGeneration) => void): () => void;
}

export interface GraphOptions {
  /** The supergraph to begin with. */
  readonly sdl: string;
  readonly subgraphs: Subgraphs;
  /** Reads documents by a generation's schema. */
  documents(schema: GraphQLSchema): Documents;
  /** What every supergraph has to fit. */
  readonly needs: Pick<FitnessOptions, 'operations' | 'events'>;
  readonly metrics: SupergraphMetrics;
  readonly logger: Logger;
}

/** @throws StartError with a SupergraphFault when the supergraph to begin with cannot be loaded. */
export function createGraph({ sdl, subgraphs, documents, needs, metrics, logger }: GraphOptions): Graph {
  const listeners = new Set<(generation: GraphGeneration) => void>();

  /** Changes nothing unless all of it succeeds. */
  function next(sdl: string, number: number): { sdl: string; generation: GraphGeneration } {
    const supergraph = Supergraph.build(sdl);
    const staged = subgraphs.stage(supergraph.subgraphsMetadata());
    const federation = createFederation({ supergraph, supergraphSdl: sdl, dataSources: staged.dataSources });
    const { schema } = federation;
    assertValidSchema(schema);
    const problems = misfits({ supergraph, schema, ...needs });
    if (problems.length > 0) throw new SupergraphError('SUPERGRAPH_UNFIT', problems.join('; '));
    staged.adopt();
    return { sdl, generation: { number, federation, documents: documents(schema) } };
  }

  function attempt(sdl: string, number: number) {
    try {
      const loaded = next(sdl, number);
      const digest = createHash('sha256').update(sdl).digest('hex');
      metrics.load('loaded');
      metrics.serving(number, digest);
      logger.info({ generation: number, digest }, 'supergraph loaded');
      return loaded;
    } catch (error) {
      metrics.load('refused');
      if (error instanceof SupergraphError) throw error;
      throw new SupergraphError('SUPERGRAPH_INVALID', `no supergraph: ${messageOf(error)}`, { cause: error });
    }
  }

  function first(sdl: string) {
    try {
      return attempt(sdl, 1);
    } catch (error) {
      const { code, message } = error as SupergraphError;
      throw new StartError(code, `the supergraph cannot be loaded: ${message}`, { cause: error });
    }
  }

  let serving = first(sdl);

  return {
    current: () => serving.generation,
    load(sdl) {
      if (sdl === serving.sdl) {
        metrics.load('unchanged');
        return;
      }
      serving = attempt(sdl, serving.generation.number + 1);
      const { generation } = serving;
      for (const listener of listeners)
        try {
          listener(generation);
        } catch (error) {
          logger.error(
            { err: error, generation: generation.number },
            'a part of the gateway did not take the supergraph',
          );
        }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
