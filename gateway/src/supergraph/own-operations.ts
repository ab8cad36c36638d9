import { type OperationName, operations } from '../rest/operations.ts';

/** An operation of the gateway itself, with every variable and input field that it may ever send. */
export interface OwnOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const id = '00000000-0000-7000-8000-000000000000';
const content = { name: 'a', description: 'a', price: '1.00' };
const command = { idempotencyKey: 'a', wait: 'NONE' };

const variables: Readonly<Record<OperationName, OwnOperation['variables']>> = {
  RestCreateProduct: { input: { ...content, ...command } },
  RestUpdateProduct: { input: { id, ...content, expectedVersion: 1, ...command } },
  RestDeleteProduct: { input: { id, expectedVersion: 1, ...command } },
  RestProduct: { id, minVersion: 1 },
  RestProductPage: { search: 'a', page: 1, size: 1 },
  RestCommand: { id },
};

/** What the REST facade asks. `commandOutcome` asks for its command as RestCommand does. */
export const ownOperations: readonly OwnOperation[] = Object.entries(operations).map(([name, query]) => ({
  query,
  variables: variables[name as OperationName],
}));
