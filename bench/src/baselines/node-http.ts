import { createServer } from 'node:http';

// The least that Node can do: one route, one JSON answer.
const answer = JSON.stringify({ data: { product: { id: 'x', version: 1, name: 'Kettle', price: '19.99' } } });
createServer((request, response) => {
  request.resume();
  request.on('end', () => response.setHeader('content-type', 'application/json').end(answer));
}).listen(Number(process.argv[2]), '127.0.0.1');
