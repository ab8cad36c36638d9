import type { CommandBus } from '@tributary/command-bus';
import type { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import type { SubgraphRequest } from '@tributary/subgraph';

/** What resolvers share. */
export interface Context {
  readonly request: SubgraphRequest;
  readonly products: CommandBus<CommandStatus>;
}
