import { GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';

/**
 * Passes values on as they came: the resolvers judge them and tell the problem with its path. A number literal is
 * passed on as it was written, since 1e400 and long fractions do not survive as a JavaScript number.
 */
export const Decimal = new GraphQLScalarType<unknown, string>({
  name: 'Decimal',
  parseValue: (value) => value,
  parseLiteral: rawLiteral,
  serialize: String,
});

function rawLiteral(node: ValueNode, variables?: Parameters<typeof valueFromASTUntyped>[1]): unknown {
  return node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : valueFromASTUntyped(node, variables);
}

/** From milliseconds since 1970, UTC, to RFC 3339 with milliseconds. */
export const DateTime = new GraphQLScalarType<unknown, string>({
  name: 'DateTime',
  serialize: (ms) => new Date(Number(ms)).toISOString(),
});
