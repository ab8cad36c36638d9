import Fastify from 'fastify';

const app = Fastify();
app.post('/graphql', async () => ({ data: { product: { id: 'x', version: 1, name: 'Kettle', price: '19.99' } } }));
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
