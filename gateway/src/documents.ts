import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { OperationLimits } from './limits/limits.ts';
import { createLimitRule } from './limits/rules.ts';
import { unconditionalSubscriptionRule } from './subscriptions/root-rule.ts';

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly limits: OperationLimits;
  readonly introspection: boolean;
}

const KEPT_CHARACTERS = 2_000_000;

/**
 * Parses and validates documents that do not come by HTTP, by the rules of those that do. A document that is valid is
 * kept, and its plans with it.
 */
export function createDocuments({ schema, limits, introspection }: DocumentsOptions) {
  const rules = [
    ...specifiedRules,
    createLimitRule(limits),
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ];
  const kept = new LRUCache<string, DocumentNode>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (_, source) => source.length,
  });

  return (source: string): DocumentNode | readonly GraphQLError[] => {
    const known = kept.get(source);
    if (known) return known;
    if (source.length > limits.documentCharacters)
      return [
        refusal(`The document has ${source.length} characters, more than the ${limits.documentCharacters} allowed`),
      ];
    let document: DocumentNode;
    try {
      document = parse(source, { maxTokens: limits.tokens });
    } catch (error) {
      if (error instanceof GraphQLError) return [withCode(error, 'GRAPHQL_PARSE_FAILED')];
      throw error;
    }
    // First and alone: graphql-js's own rule on subscriptions throws at a condition that depends on a variable.
    const conditional = validate(schema, document, [unconditionalSubscriptionRule]);
    const errors = conditional.length > 0 ? conditional : validate(schema, document, rules);
    if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
    kept.set(source, document);
    return document;
  };
}

export type Documents = ReturnType<typeof createDocuments>;

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { nodes, source, positions, path } = error;
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions: { code } });
}
