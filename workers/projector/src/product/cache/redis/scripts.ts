import type { ChainableCommander, Redis } from 'ioredis';

/**
 * One hash per product holds either an entry (`v` version, `s` state, `d` deleted) or only a lease (`l`). Whatever removes
 * it, an eviction or FLUSHALL too, ends the lease with it.
 */
const get = `
local entry = redis.call('HMGET', KEYS[1], 's', 'd', 'l')
if entry[1] then return {entry[1], entry[2]} end
if entry[3] then return 0 end
redis.call('HSET', KEYS[1], 'l', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

const fill = `
if redis.call('HGET', KEYS[1], 'l') ~= ARGV[4] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'v', ARGV[1], 's', ARGV[2], 'd', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1`;

// Versions are compared as text, since a number of Lua carries no more than 53 bits. First DEL: after it Redis refuses no write for
// want of memory.
const put = `
local version = redis.call('HGET', KEYS[1], 'v')
if version and (#version > #ARGV[1] or (#version == #ARGV[1] and version >= ARGV[1])) then return 0 end
local leftMs = redis.call('PTTL', KEYS[1])
redis.call('DEL', KEYS[1])
if not version then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 's', ARGV[2], 'd', ARGV[3])
redis.call('PEXPIRE', KEYS[1], leftMs)
return 1`;

type Entry = [version: string, state: Buffer, deleted: '0' | '1'];

/** The cache's scripts as commands of a connection. */
export interface ScriptedRedis extends Redis {
  /** The state and whether it is deleted; 1 when the lease is given; 0 when someone else holds it. */
  tributaryGetBuffer(key: string, lease: string, leaseMs: number): Promise<[Buffer, Buffer] | number>;
  /** 1 when the lease still stood. */
  tributaryFill(key: string, ...entry: [...Entry, lease: string, ttlMs: number]): Promise<number>;
  pipeline(): ScriptedPipeline;
}

export interface ScriptedPipeline extends ChainableCommander {
  /** Answers 1 when it replaced an older entry. */
  tributaryPut(key: string, ...entry: Entry): this;
}

export function withScripts(redis: Redis): ScriptedRedis {
  for (const [name, lua] of Object.entries({ tributaryGet: get, tributaryFill: fill, tributaryPut: put }))
    redis.defineCommand(name, { numberOfKeys: 1, lua });
  return redis as ScriptedRedis;
}
