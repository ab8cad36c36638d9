import { resolverTypes } from '@tributary/subgraph/codegen';

export default resolverTypes({
  // Milliseconds since 1970, UTC.
  scalars: { Decimal: { input: 'unknown', output: 'string' }, DateTime: { input: 'never', output: 'number' } },
});
