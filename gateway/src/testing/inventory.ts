import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { createFakeSubgraph, type FakeRequest, type FakeSubgraph } from './fake-subgraph.ts';

const SCHEMA = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Product @key(fields: "id") { id: ID! stock: Int }
`;

/** A subgraph that no event knows of: it has each product's stock, by id. */
export function fakeInventory(stock: (id: string, request: FakeRequest) => number): Promise<FakeSubgraph> {
  const resolve = ({ id }: { id: string }, _: unknown, request: FakeRequest) => stock(id, request);
  return createFakeSubgraph(SCHEMA, { Product: { __resolveReference: (key: unknown) => key, stock: resolve } });
}

/** The project's supergraph with the inventory in it. */
export function supergraphWithInventory(): string {
  const read = (path: string) => parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
  const { supergraphSdl, errors } = composeServices([
    { name: 'products-command', url: '', typeDefs: read('../../../subgraphs/products-command/schema.graphql') },
    { name: 'products-query', url: '', typeDefs: read('../../../subgraphs/products-query/schema.graphql') },
    { name: 'events', url: '', typeDefs: read('../supergraph/events.graphql') },
    { name: 'inventory', url: '', typeDefs: parse(SCHEMA) },
  ]);
  if (!supergraphSdl) throw new AggregateError(errors ?? []);
  return supergraphSdl;
}
