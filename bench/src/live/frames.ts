/** WebSocket frames as a client sees them, RFC 6455 section 5.2. A message is one frame: no server here sends fragments. */
export const Opcode = { TEXT: 1, CLOSE: 8, PING: 9, PONG: 10 } as const;

const FINAL = 0x80;
const MASKED = 0x80;
const MASK_BYTES = 4;

/** A frame to a server. Its mask is zero, so that masking costs nothing. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const extra = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(2 + extra + MASK_BYTES + payload.length);
  frame[0] = FINAL | opcode;
  frame[1] = MASKED | (extra === 0 ? payload.length : extra === 2 ? 126 : 127);
  if (extra === 2) frame.writeUInt16BE(payload.length, 2);
  if (extra === 8) frame.writeBigUInt64BE(BigInt(payload.length), 2);
  payload.copy(frame, 2 + extra + MASK_BYTES);
  return frame;
}

/** Told of each frame; its payload lies in `data` from `start` to `end`, until the call returns. */
export type OnFrame = (opcode: number, data: Buffer, start: number, end: number) => void;

/** Cuts a server's bytes into frames. The chunk may be overwritten when the call returns. */
export function createFrameReader(onFrame: OnFrame): (chunk: Buffer) => void {
  let rest: Buffer | null = null;
  return (chunk) => {
    const data: Buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const start = payloadStart(data, at);
      const end = start === null ? null : start + payloadLength(data, at);
      if (start === null || end === null || end > data.length) break;
      const head = data[at]!;
      if ((head & FINAL) === 0) throw new Error('a fragment of a message');
      onFrame(head & 0x0f, data, start, end);
      at = end;
    }
    rest = at === data.length ? null : Buffer.from(data.subarray(at));
  };
}

/** Null when the head of the frame has not come whole. */
function payloadStart(data: Buffer, at: number): number | null {
  if (at + 2 > data.length) return null;
  const length = data[at + 1]!;
  const start = at + (length < 126 ? 2 : length === 126 ? 4 : 10);
  return start > data.length ? null : start;
}

function payloadLength(data: Buffer, at: number): number {
  const length = data[at + 1]!;
  if (length < 126) return length;
  return length === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
}
