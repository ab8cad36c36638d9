/**
 * The partition of a key: the one that Kafka's clients choose, so that both adapters agree with each other and with any
 * other client. Written here because a client's own would load all of that client into the process that needs none.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

/** MurmurHash2 with the seed of Kafka's clients: org.apache.kafka.common.utils.Utils.murmur2. */
function murmur2(bytes: Buffer): number {
  const M = 0x5bd1e995;
  let hash = 0x9747b28c ^ bytes.length;
  const aligned = bytes.length - (bytes.length % 4);
  for (let at = 0; at < aligned; at += 4) {
    const word = Math.imul(bytes.readInt32LE(at), M);
    hash = Math.imul(hash, M) ^ Math.imul(word ^ (word >>> 24), M);
  }
  const rest = bytes.length % 4;
  if (rest > 0) hash = Math.imul(hash ^ bytes.readUIntLE(aligned, rest), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}
