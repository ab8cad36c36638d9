import type { CodegenConfig } from '@graphql-codegen/cli';

/**
 * How a subgraph's resolver types are made of its `schema.graphql`: run in its folder, they go to
 * `src/generated/resolvers.ts`, and the context's type comes from `src/context.ts`.
 * @param types TypeScript's types for scalars and for the parents of object types
 */
export function resolverTypes(types: {
  scalars: Readonly<Record<string, string | { input: string; output: string }>>;
  mappers?: Readonly<Record<string, string>>;
}): CodegenConfig {
  return {
    schema: 'schema.graphql',
    silent: true,
    generates: {
      'src/generated/resolvers.ts': {
        plugins: ['typescript', 'typescript-resolvers'],
        config: {
          federation: true,
          useTypeImports: true,
          enumsAsTypes: true,
          contextType: '../context.ts#Context',
          scalars: { ID: 'string', ...types.scalars },
          mappers: types.mappers ?? {},
        },
      },
    },
  };
}
