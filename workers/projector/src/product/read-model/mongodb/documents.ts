import { searchTerms } from '@tributary/product';
import { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type { Binary } from 'mongodb';
import type { CommandOutcome, ProductState } from '../read-model.ts';

/** Numbers of 64 bits are bigint in and out, so that they stay exact and of one type. */
export interface ProductDocument {
  _id: string;
  version: bigint;
  deleted: boolean;
  name: string;
  description: string;
  /** An exact decimal. */
  price: string;
  createdAtMs: bigint;
  updatedAtMs: bigint;
  /** The terms of the name; none of a tombstone, so that no search finds it. */
  nameTerms: string[];
  /** The terms of name and description; none of a tombstone. */
  terms: string[];
}

export interface OutcomeDocument {
  _id: string;
  decidedAtMs: bigint;
  /** Protobuf. */
  status: Binary | Uint8Array;
}

export function documentOf({ product, deleted }: ProductState): ProductDocument {
  const { id, ...fields } = product;
  const nameTerms = deleted ? [] : searchTerms(product.name);
  const terms = deleted ? [] : [...new Set([...nameTerms, ...searchTerms(product.description)])];
  return { _id: id, ...fields, deleted, nameTerms, terms };
}

export function productOf({ _id, deleted, nameTerms, terms, ...fields }: ProductDocument): Product {
  return { id: _id, ...fields };
}

export function stateOf(document: ProductDocument): ProductState {
  return { product: productOf(document), deleted: document.deleted };
}

export function outcomeDocumentOf({ status, decidedAtMs }: CommandOutcome): OutcomeDocument {
  return { _id: status.commandId, decidedAtMs: BigInt(decidedAtMs), status: CommandStatus.encode(status).finish() };
}

export function statusOf({ status }: OutcomeDocument): CommandStatus {
  return CommandStatus.decode(status instanceof Uint8Array ? status : status.buffer);
}

export function outcomeOf(document: OutcomeDocument): CommandOutcome {
  return { status: statusOf(document), decidedAtMs: Number(document.decidedAtMs) };
}
