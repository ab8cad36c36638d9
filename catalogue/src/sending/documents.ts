/** Operations over many rows at once: field `p0` is the first row's, and so on. */
export type Operation = 'create' | 'look';

const OPERATIONS: Readonly<Record<Operation, { head: string; type: string; field: (n: number) => string }>> = {
  create: {
    head: 'mutation ImportProducts',
    type: 'CreateProductInput!',
    field: (n) => `createProduct(input: $p${n}) { command { state rejection { code message } } }`,
  },
  look: {
    head: 'query LookForProducts',
    type: 'ID!',
    field: (n) => `product(id: $p${n}) { name description price }`,
  },
};

const made = new Map<string, string>();

/** The document for a number of rows: always the same text, so that the gateway plans it once. */
export function documentFor(operation: Operation, rows: number): string {
  const name = `${operation} ${rows}`;
  const known = made.get(name);
  if (known) return known;
  const { head, type, field } = OPERATIONS[operation];
  const numbers = Array.from({ length: rows }, (_, n) => n);
  const variables = numbers.map((n) => `$p${n}: ${type}`).join(', ');
  const document = `${head}(${variables}) {\n${numbers.map((n) => `  p${n}: ${field(n)}`).join('\n')}\n}`;
  made.set(name, document);
  return document;
}

/** The variables of such an operation. */
export function variablesFor<T>(values: readonly T[]): Record<string, T> {
  return Object.fromEntries(values.map((value, n) => [`p${n}`, value]));
}
