import { parseCreate, parseDelete, parseUpdate } from '@tributary/product';
import { Decimal } from '@tributary/subgraph';
import type { Resolvers } from '../generated/resolvers.ts';
import { submitCommand } from './submission.ts';

/** Who sends commands before there is identity. */
const ANONYMOUS = 'anonymous';

const issuer = () => ({ caller: ANONYMOUS, nowMs: Date.now() });

export const resolvers: Resolvers = {
  Decimal,
  Mutation: {
    createProduct: (_, { input: { wait = 'OUTCOME', ...input } }, context) =>
      submitCommand(parseCreate(input, issuer()), wait, context),
    updateProduct: (_, { input: { wait = 'OUTCOME', ...input } }, context) =>
      submitCommand(parseUpdate(input, issuer()), wait, context),
    deleteProduct: (_, { input: { wait = 'OUTCOME', ...input } }, context) =>
      submitCommand(parseDelete(input, issuer()), wait, context),
  },
};
