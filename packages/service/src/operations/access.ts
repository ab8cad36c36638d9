import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

export interface Caller {
  /** The address that the connection comes from. */
  address: string;
  /** The headers `host` and `authorization`. */
  host: string | undefined;
  authorization: string | undefined;
}

/**
 * Whether a caller may have operations done. With a token it takes that; without one it takes a connection from this machine to
 * a local name, which no web page can make for another (DNS rebinding).
 */
export function mayOperate(caller: Caller, token: string | null): boolean {
  if (token !== null) return isSame(caller.authorization ?? '', `Bearer ${token}`);
  return isLoopback(caller.address) && isLocalName(caller.host ?? '');
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

function isLocalName(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || isLoopback(name.replace(/^\[|\]$/g, ''));
}
