import type { SubgraphRequest } from '@tributary/subgraph';
import type { ProductReads } from './product/reads.ts';

/** What resolvers share. */
export interface Context {
  readonly request: SubgraphRequest;
  readonly products: ProductReads;
}
