import * as grpc from '@grpc/grpc-js';
import { commandView } from '@tributary/product';
import { ProductReaderClient } from '@tributary/proto/gen/products/v1/reader.ts';
import { type ExecuteCommandRequest, ProductWriterClient, Wait } from '@tributary/proto/gen/products/v1/writer.ts';
import { callUnary, clientOptions, grpcErrorCode } from '@tributary/service';
import type { Answer, Change, Read } from '../history/entry.ts';
import { seen, toldBy } from './answers.ts';
import type { Calls } from './calls.ts';

const DEADLINE_MS = 15_000;

export interface GrpcCalls extends Calls {
  close(): void;
}

/** Calls a writer and a reader by gRPC. */
export function grpcCalls(writerAddress: string, readerAddress: string): GrpcCalls {
  const writer = new ProductWriterClient(writerAddress, grpc.credentials.createInsecure(), clientOptions);
  const reader = new ProductReaderClient(readerAddress, grpc.credentials.createInsecure(), clientOptions);
  return {
    via: 'grpc',
    change: (change) => sendChange(writer, change).catch(failedBy),
    read: (read) => sendRead(reader, read).catch((error) => noProduct(error) ?? failedBy(error)),
    close() {
      writer.close();
      reader.close();
    },
  };
}

async function sendChange(writer: ProductWriterClient, change: Change): Promise<Answer> {
  const { command, productId } = await callUnary(writer, writer.executeCommand, requestOf(change), {
    deadlineMs: DEADLINE_MS,
  });
  if (!command) throw new Error('an answer without a command');
  return { ...toldBy(command.commandId, commandView(command)), productId };
}

function requestOf({ kind, key, expectedVersion, wait, productId, content }: Change): ExecuteCommandRequest {
  const bodies = {
    create: { $case: 'create', value: content! },
    update: { $case: 'update', value: { productId: productId!, changes: content! } },
    delete: { $case: 'delete', value: { productId: productId! } },
  } as const;
  return {
    // As whoever comes through a gateway, so that the keys are those of one caller.
    caller: 'anonymous',
    wait: wait ? Wait.WAIT_OUTCOME : Wait.WAIT_NONE,
    ...(key !== null && { idempotencyKey: key }),
    ...(expectedVersion !== null && { expectedVersion: BigInt(expectedVersion) }),
    body: bodies[kind],
  };
}

async function sendRead(reader: ProductReaderClient, { productId, minVersion }: Read): Promise<Answer> {
  const request = { id: productId, ...(minVersion !== null && { minVersion: BigInt(minVersion) }) };
  const { product } = await callUnary(reader, reader.getProduct, request, { deadlineMs: DEADLINE_MS });
  return { kind: 'product', product: product ? seen({ ...product, version: Number(product.version) }) : null };
}

function noProduct(error: unknown): Answer | null {
  return isServiceError(error) && error.code === grpc.status.NOT_FOUND ? { kind: 'product', product: null } : null;
}

/** What breaks a call on its way, rather than answers it. */
const broken: readonly grpc.status[] = [
  grpc.status.UNAVAILABLE,
  grpc.status.DEADLINE_EXCEEDED,
  grpc.status.CANCELLED,
  grpc.status.UNKNOWN,
];

function failedBy(error: unknown): Answer {
  if (!isServiceError(error)) throw error;
  const code = grpcErrorCode(error);
  if (code === undefined && broken.includes(error.code)) return { kind: 'lost', reason: error.message };
  const commandId = error.metadata?.get('command-id')[0];
  return {
    kind: 'error',
    code: code ?? '',
    status: 0,
    message: error.message,
    commandId: commandId === undefined ? null : String(commandId),
  };
}

function isServiceError(error: unknown): error is grpc.ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
