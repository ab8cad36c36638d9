/** Products that may be created within one millisecond. */
const BITS = 20n;

/** The first place of the products that were created at a time; below it are all that are older. */
export function firstPlaceAt(createdAtMs: bigint): bigint {
  return createdAtMs << BITS;
}

export function lastPlaceAt(createdAtMs: bigint): bigint {
  return ((createdAtMs + 1n) << BITS) - 1n;
}

/** When the product at a place was created, UTC milliseconds. */
export function createdAtOf(place: bigint): bigint {
  return place >> BITS;
}
