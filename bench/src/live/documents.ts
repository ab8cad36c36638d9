import type { Audience } from './load.ts';

/** Subscribers of the n-th document: all alike but for an alias, and with a field of another subgraph or without it. */
export function audienceOf(n: number, subscribers: number, isFederated: boolean): Audience {
  const stock = isFederated ? ' stock' : '';
  return {
    document: `subscription ($after: String) {
      productUpdated(after: $after) { id type productId v${n}: version occurredAt product { id name price${stock} } }
    }`,
    subscribers,
    ...(isFederated && { mustHold: '"stock":42' }),
  };
}

/** So many documents; half of them with a field of another subgraph. */
export function mixedAudiences(documents: number, subscribersEach: number): Audience[] {
  return Array.from({ length: documents }, (_, n) => audienceOf(n, subscribersEach, n % 2 === 1));
}

/** Asks for much, on many subscriptions, and reads nothing of it: the system's own buffers are full after some events. */
export function frozenAudience(): Audience {
  const descriptions = Array.from({ length: 6 }, (_, n) => `d${n}: description`).join(' ');
  return {
    document: `subscription { productUpdated { product { ${descriptions} } } }`,
    subscribers: 1,
    frozenSubscriptions: 50,
  };
}
