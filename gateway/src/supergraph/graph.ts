import type { Documents } from '../documents.ts';
import type { Federation } from './federation.ts';

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
