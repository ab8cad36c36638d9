import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type StringValueNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

const EXACT_SCALAR = 'Decimal';

/**
 * The document with the number literals of decimals written as strings. Custom scalars have no code in the gateway, and
 * the planner reads their numbers as floats: 1e400 would become Infinity and digits would be lost before a subgraph sees them.
 */
export function withExactDecimals(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const typeInfo = new TypeInfo(schema);
  const exact = ({ value }: { readonly value: string }): StringValueNode | undefined =>
    getNamedType(typeInfo.getInputType())?.name === EXACT_SCALAR ? { kind: Kind.STRING, value } : undefined;
  return visit(document, visitWithTypeInfo(typeInfo, { IntValue: exact, FloatValue: exact }));
}

/**
 * The variables with numbers that JSON cannot write (1e400 reads as Infinity) as strings: written as JSON again they
 * would become null, which means something else.
 */
export function withWritableNumbers<T>(value: T): T {
  if (typeof value === 'number') return (Number.isFinite(value) ? value : String(value)) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withWritableNumbers) as T;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withWritableNumbers(item)])) as T;
}
