import { get } from 'node:http';

// Says by its exit code, as Docker asks for, whether a process of ours can do its job: it asks `/readyz` of an admin port of
// this machine. Needs no shell and no package.

const TIMEOUT_MS = 3_000;

const [port = '', ...rest] = process.argv.slice(2);
if (/^\d{1,5}$/.test(port) && rest.length === 0) ask();
else end(1, 'usage: node deploy/healthcheck.ts ADMIN_PORT');

function ask(): void {
  setTimeout(() => end(1, `no answer within ${TIMEOUT_MS} ms`), TIMEOUT_MS);
  const request = get({ host: '127.0.0.1', port, path: '/readyz' }, async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    end(response.statusCode === 200 ? 0 : 1, `${response.statusCode} ${Buffer.concat(chunks)}`);
  });
  request.on('error', ({ message }) => end(1, message));
}

/** Docker keeps what is printed beside the result. */
function end(code: 0 | 1, line: string): void {
  process.stdout.write(`${line}\n`, () => process.exit(code));
}
