/** A span as Jaeger's own format has it. */
export interface ThriftSpan {
  readonly service: string;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
}

const I32 = 8;
const I64 = 10;
const STRING = 11;
const STRUCT = 12;
const LIST = 15;
const SAMPLED = 1;

/** A `Batch` of jaeger.thrift with one span, in Thrift's binary protocol: what a client posts. */
export function thriftBatch({ service, traceId, spanId, name, startMs, durationMs }: ThriftSpan): Buffer<ArrayBuffer> {
  const span = struct(
    field(I64, 1, Buffer.from(traceId.slice(16), 'hex')),
    field(I64, 2, Buffer.from(traceId.slice(0, 16), 'hex')),
    field(I64, 3, Buffer.from(spanId, 'hex')),
    field(I64, 4, i64(0)),
    field(STRING, 5, string(name)),
    field(I32, 7, i32(SAMPLED)),
    field(I64, 8, i64(startMs * 1000)),
    field(I64, 9, i64(durationMs * 1000)),
  );
  const process = struct(field(STRING, 1, string(service)));
  const spans = Buffer.concat([Buffer.from([STRUCT]), i32(1), span]);
  return struct(field(STRUCT, 1, process), field(LIST, 2, spans));
}

function struct(...fields: readonly Buffer[]): Buffer<ArrayBuffer> {
  const STOP = Buffer.from([0]);
  return Buffer.concat([...fields, STOP]);
}

function field(type: number, id: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 0, id]), value]);
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function i64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([i32(bytes.length), bytes]);
}
