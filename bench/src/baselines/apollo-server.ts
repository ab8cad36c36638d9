import { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import Fastify from 'fastify';

// A GraphQL server that has the answer in memory.
const server = new ApolloServer({
  typeDefs: `type Query { product(id: ID!): Product }
    type Product { id: ID!, version: Int!, name: String!, price: String! }`,
  resolvers: {
    Query: { product: (_: unknown, { id }: { id: string }) => ({ id, version: 1, name: 'Kettle', price: '19.99' }) },
  },
});
await server.start();
const app = Fastify();
await app.register(fastifyApollo(server));
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
