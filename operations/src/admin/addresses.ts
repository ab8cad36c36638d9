import { usageError } from '../problem.ts';

/** An admin port, host:port. */
export type Address = string;

/** Where the embedded stack and the services listen unless they are told otherwise. */
export const defaultAddresses: readonly Address[] = [9400, 9401, 9402, 9403, 9404].map((port) => `127.0.0.1:${port}`);

const ADDRESS = /^(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})$/i;

/**
 * Reads addresses, separated by commas; each may be written as the URL that a process tells.
 * @throws OpsError `USAGE`
 */
export function readAddresses(text: string): Address[] {
  const addresses = text
    .split(',')
    .map((part) =>
      part
        .trim()
        .replace(/^http:\/\//, '')
        .replace(/\/$/, ''),
    )
    .filter(Boolean);
  const wrong = addresses.find(
    (address) => Number(ADDRESS.exec(address)?.[1] ?? 0) < 1 || Number(ADDRESS.exec(address)?.[1]) > 65_535,
  );
  if (addresses.length === 0 || wrong !== undefined) throw usageError(`--admin ${text} is not a list of host:port`);
  return [...new Set(addresses)];
}
