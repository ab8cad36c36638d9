import type { CommandBus } from '@tributary/command-bus';
import type { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import {
  type ExecuteCommandRequest,
  type ExecuteCommandResponse,
  type GetCommandStatusRequest,
  type GetCommandStatusResponse,
  type GetWrittenProductRequest,
  type GetWrittenProductResponse,
  type ProductWriterServer,
  ProductWriterService,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { createGrpcServer, type GrpcServer, type Logger, unary } from '@tributary/service';
import type { Registry } from 'prom-client';
import type { Database } from '../database/database.ts';
import { createSqlWriteStore } from '../product/sql-store.ts';
import { executeCommand } from './execute-command.ts';
import { exportProducts } from './export.ts';
import { getCommand, getProduct } from './reads.ts';

export interface WriterGrpcOptions {
  database: Database;
  bus: CommandBus<CommandStatus>;
  host: string;
  port: number;
  /** How long outcomes are remembered, in milliseconds. */
  inboxRetentionMs: number;
  /** UTC milliseconds. */
  nowMs: () => number;
  logger: Logger;
  /** Where calls are measured. Default: nowhere. */
  registry?: Registry;
}

/** Serves products.v1.ProductWriter. */
export function createWriterGrpcServer(options: WriterGrpcOptions): Promise<GrpcServer> {
  const { database, bus, host, port, inboxRetentionMs, nowMs, logger, registry } = options;
  const { products, inbox } = createSqlWriteStore(database);
  const implementation: ProductWriterServer = {
    executeCommand: unary<ExecuteCommandRequest, ExecuteCommandResponse>(logger, (request, call) =>
      executeCommand(bus, request, call, nowMs()),
    ),
    getProduct: unary<GetWrittenProductRequest, GetWrittenProductResponse>(logger, ({ id }) =>
      getProduct(products, id),
    ),
    getCommand: unary<GetCommandStatusRequest, GetCommandStatusResponse>(logger, ({ commandId }) =>
      getCommand(inbox, commandId, { nowMs: nowMs(), retentionMs: inboxRetentionMs }),
    ),
    exportProducts: exportProducts(database, logger),
  };
  return createGrpcServer({
    host,
    port,
    logger,
    registry,
    name: 'products.v1.ProductWriter',
    definition: ProductWriterService,
    implementation,
    proto: { folder: new URL('../../../../proto/', import.meta.url), file: 'products/v1/writer.proto' },
  });
}
