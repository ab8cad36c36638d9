import { createHash } from 'node:crypto';

const DIGEST_CHARACTERS = 16;
/** Enough to tell causes apart; what lies further out is how the code was called. */
const FRAMES = 5;
/** Where the consumer hands out records: from there on a stack tells how a batch was split, not why it failed. */
const CONSUMER = /[/\\]event-log[/\\]src[/\\]consumer[/\\]consumer\.ts$/;

/**
 * 16 hexadecimal digits of the SHA-256 over where an error came from: its name, its code and the functions and files of its
 * innermost frames. Without message, folders and line numbers, so that failures of one cause have one digest, on every
 * machine and over releases; and without telling the stack.
 */
export function stackDigest(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  const origin = [error.name, code, ...framesOf(error)].join('\n');
  return createHash('sha256').update(origin).digest('hex').slice(0, DIGEST_CHARACTERS);
}

function framesOf({ stack = '' }: Error): string[] {
  const frames: string[] = [];
  for (const line of stack.split('\n')) {
    const frame = /^ {4}at (?:async )?(?:(?<name>.+) \()?(?<place>.+):\d+:\d+\)?$/.exec(line)?.groups;
    if (!frame?.place || frame.place.startsWith('node:')) continue;
    if (CONSUMER.test(frame.place)) break;
    frames.push(`${frame.name ?? ''} ${frame.place.split(/[/\\]/).at(-1)}`);
    if (frames.length === FRAMES) break;
  }
  return frames;
}
