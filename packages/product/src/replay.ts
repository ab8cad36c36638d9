import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { parseCommandId } from './ids.ts';

export type ParsedReplay = { readonly ok: true; readonly command: ProductCommand } | { readonly ok: false };

/**
 * A dead command as a new one, which asks for the same: of the same caller, under the same idempotency key, caused by the dead
 * one. Not `ok` when the bytes are no command, or it does not say which product it is for: there is nothing to replay then.
 * @param value the bytes of the record that died
 */
export function replayOf(value: Uint8Array, replay: { commandId: string; nowMs: number }): ParsedReplay {
  const dead = decode(value);
  if (dead === null || dead.productId === '' || dead.body === undefined) return { ok: false };
  const { commandId, nowMs } = replay;
  const { causationId: _, ...same } = dead;
  const cause = parseCommandId(dead.commandId);
  return {
    ok: true,
    command: { ...same, commandId, issuedAtMs: BigInt(nowMs), ...(cause.ok && { causationId: cause.value }) },
  };
}

function decode(value: Uint8Array): ProductCommand | null {
  try {
    return ProductCommand.decode(value);
  } catch {
    return null;
  }
}
