import { Metadata, type ServiceError, type status } from '@grpc/grpc-js';

const CODE_KEY = 'error-code';

/** A failure that a gRPC caller may see: the status tells the kind, `code` tells it apart for good. */
export interface GrpcFailure extends Error {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/**
 * An error for a gRPC answer.
 * @param kind the gRPC status
 * @param code a stable word such as `STALE_READ`; travels in the trailer `error-code`
 * @param message what the caller may read: no internals
 */
export function grpcFailure(kind: status, code: string, message: string): GrpcFailure {
  const metadata = new Metadata();
  metadata.set(CODE_KEY, code);
  return Object.assign(new Error(message), { code: kind, details: message, metadata });
}

/** Whether an error is already one that a caller may see. */
export function isGrpcFailure(error: unknown): error is GrpcFailure {
  return (
    error instanceof Error &&
    'metadata' in error &&
    error.metadata instanceof Metadata &&
    'code' in error &&
    typeof error.code === 'number'
  );
}

/** The stable word of a failed call, or undefined where the server gave none (as when it could not be reached). */
export function grpcErrorCode(error: unknown): string | undefined {
  const value = (error as Partial<ServiceError> | null)?.metadata?.get(CODE_KEY)[0];
  return value === undefined ? undefined : String(value);
}
