/** Where the lists of spans lie in a request of OTLP: `resource_spans`, `scope_spans`, `spans`. */
const PATH = [1, 2, 2] as const;

/**
 * How many spans a request of OTLP has, without making anything of them.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function spansIn(request: Uint8Array): number {
  return countAt(request, 0);
}

function countAt(message: Uint8Array, depth: number): number {
  let found = 0;
  for (const { field, bytes } of fieldsOf(message))
    if (field === PATH[depth]) found += depth === PATH.length - 1 ? 1 : countAt(bytes, depth + 1);
  return found;
}

const LENGTH_DELIMITED = 2;

/** The fields of a message that have a length; all on the way to the spans do. */
function* fieldsOf(message: Uint8Array): Generator<{ field: number; bytes: Uint8Array }> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('a message ends in the middle of a number');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === LENGTH_DELIMITED) {
      const end = varint() + at;
      yield { field, bytes: message.subarray(at, end) };
      at = end;
    } else throw new Error(`a field of type ${type}`);
  }
}
