/**
 * Runs one subscription over the graphql-transport-ws protocol on this origin.
 * @param {string} query
 * @param {{ next(payload: object): void, end(message?: string): void }} sink `end` has a message when it was not by choice
 * @returns {() => void} stops it
 */
export function subscribe(query, { next, end }) {
  const url = new URL('/graphql', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, 'graphql-transport-ws');
  let isOver = false;
  const over = (message) => {
    if (isOver) return;
    isOver = true;
    socket.close();
    end(message);
  };

  const send = (message) => socket.send(JSON.stringify(message));
  socket.addEventListener('open', () => send({ type: 'connection_init' }));
  socket.addEventListener('close', (event) => over(event.reason || 'The connection was closed.'));
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'connection_ack') send({ id: '1', type: 'subscribe', payload: { query } });
    else if (message.type === 'ping') send({ type: 'pong' });
    else if (message.type === 'next') next(message.payload);
    else if (message.type === 'error') over(message.payload.map((error) => error.message).join('\n'));
    else if (message.type === 'complete') over();
  });

  return () => {
    isOver = true;
    socket.close();
  };
}
