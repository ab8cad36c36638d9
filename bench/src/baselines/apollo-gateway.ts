import { readFileSync } from 'node:fs';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import Fastify from 'fastify';

// Apollo's gateway as it comes, over the same subgraphs and the same supergraph.
const [, , port, commandsUrl, queriesUrl] = process.argv;
const urls: Record<string, string | undefined> = { 'products-command': commandsUrl, 'products-query': queriesUrl };
const supergraph = new URL('../../../gateway/src/supergraph/supergraph.graphql', import.meta.url);
const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(supergraph, 'utf8'),
  buildService: ({ name, url }) => new RemoteGraphQLDataSource({ url: urls[name] ?? url }),
});
const server = new ApolloServer({ gateway });
await server.start();
const app = Fastify();
await app.register(fastifyApollo(server));
await app.listen({ host: '127.0.0.1', port: Number(port) });
