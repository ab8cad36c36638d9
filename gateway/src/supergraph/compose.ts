/**
 * Composes the subgraphs' schemas into the supergraph that the gateway loads. Run by `npm run generate`. The URLs are
 * placeholders: which addresses answer for a subgraph is the gateway's configuration.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

const subgraphs = {
  'products-command': '../../../subgraphs/products-command/schema.graphql',
  'products-query': '../../../subgraphs/products-query/schema.graphql',
  events: './events.graphql',
};

const services = await Promise.all(
  Object.entries(subgraphs).map(async ([name, path]) => ({
    name,
    url: `http://${name}/graphql`,
    typeDefs: parse(await readFile(new URL(path, import.meta.url), 'utf8')),
  })),
);

const { supergraphSdl, errors = [] } = composeServices(services);
if (!supergraphSdl) throw new AggregateError(errors, errors.map((error) => error.message).join('\n'));
const notice = '# Composed from the subgraphs by compose.ts (npm run generate); do not edit.\n';
await writeFile(new URL('./supergraph.graphql', import.meta.url), `${notice}${supergraphSdl.trimEnd()}\n`);
