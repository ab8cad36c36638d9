import { newTraceContext, silentLogger, type TraceContext } from '@tributary/service';
import fastify, { type FastifyInstance } from 'fastify';
import type { Operation, OperationResult } from '../operations.ts';
import type { GraphCommand, GraphPayload, GraphProduct, OperationName } from '../rest/operations.ts';
import { registerRest } from '../rest/routes.ts';
import type { Part } from '../routes.ts';

export const PRODUCT_ID = '0197a3c2-7c1e-7d2a-9a51-3f1b7d0c2e11';
export const COMMAND_ID = '0197a3c2-8000-7d2a-9a51-3f1b7d0c2e12';

export type Answers = Partial<
  Record<OperationName, OperationResult | ((operation: Operation) => OperationResult | Promise<OperationResult>)>
>;

/** The facade over a graph that gives the answers of a test, and the operations that it was asked. */
export function createApi(answers: Answers, parts: readonly Part[] = []): { app: FastifyInstance; asked: Operation[] } {
  const asked: Operation[] = [];
  const app = fastify({ logger: false, genReqId: () => 'request-1' });
  app.decorateRequest('trace', null as unknown as TraceContext);
  app.addHook('onRequest', async (request) => {
    request.trace = newTraceContext();
  });
  app.register(async (app) =>
    registerRest(app, {
      checks: [],
      parts,
      config: { adminPort: null },
      logger: silentLogger(),
      async execute(operation) {
        asked.push(operation);
        const answer = answers[operation.operationName as OperationName];
        if (answer === undefined) throw new Error(`${operation.operationName} was not expected`);
        return typeof answer === 'function' ? answer(operation) : answer;
      },
    }),
  );
  return { app, asked };
}

export function graphProduct(changes: Partial<GraphProduct> = {}): GraphProduct {
  return {
    id: PRODUCT_ID,
    version: 3,
    name: 'Walnut desk',
    description: 'Solid walnut',
    price: '19.99',
    createdAt: '2026-01-02T03:04:05.006Z',
    updatedAt: '2026-02-03T04:05:06.007Z',
    ...changes,
  };
}

export function graphCommand(changes: Partial<GraphCommand> = {}): GraphCommand {
  return { id: COMMAND_ID, state: 'COMMITTED', productId: PRODUCT_ID, version: 3, rejection: null, ...changes };
}

export function committed(changes: Partial<GraphPayload> = {}): OperationResult {
  const product = graphProduct();
  return {
    data: { payload: { command: graphCommand(), productId: PRODUCT_ID, version: 3, product, ...changes } },
    errors: [],
    versionFloor: `${PRODUCT_ID}@3`,
  };
}

export function rejected(
  code: NonNullable<GraphCommand['rejection']>['code'],
  currentVersion: number | null = null,
): OperationResult {
  const rejection = { code, message: `refused: ${code}`, field: null, currentVersion };
  const command = graphCommand({ state: 'REJECTED', version: null, rejection });
  return { data: { payload: { command, productId: PRODUCT_ID, version: null, product: null } }, errors: [] };
}

export function pending(): OperationResult {
  const command = graphCommand({ state: 'PENDING', productId: null, version: null });
  return { data: { payload: { command, productId: PRODUCT_ID, version: null, product: null } }, errors: [] };
}

export function failed(code: string, extensions: Record<string, unknown> = {}, data: OperationResult['data'] = null) {
  return { data, errors: [{ message: 'connect ECONNREFUSED 10.0.0.7:4101', extensions: { code, ...extensions } }] };
}

export function ok(data: OperationResult['data']): OperationResult {
  return { data, errors: [] };
}
