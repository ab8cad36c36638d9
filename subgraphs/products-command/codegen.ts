import { resolverTypes } from '@tributary/subgraph/codegen';

export default resolverTypes({ scalars: { Decimal: { input: 'unknown', output: 'string' } } });
