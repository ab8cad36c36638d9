import {
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import type { OperationLimits } from './limits.ts';

interface Size {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
}

const NOTHING: Size = { depth: 0, fields: 0, aliases: 0 };

/**
 * Refuses operations that are deeper, wider or more aliased than the limits. Fragments count wherever they are spread;
 * each is measured once, so that a document of nested fragments costs no more than its length. Introspection counts
 * only by its width: its standard query is deep, and answered without a subgraph.
 */
export function createLimitRule(limits: OperationLimits): ValidationRule {
  return (context) => {
    const fragments = new Map<string, Size>();

    function sizeOfFragment(name: string): Size {
      const known = fragments.get(name);
      if (known) return known;
      // A fragment that contains itself is refused by another rule; here it must only end.
      fragments.set(name, NOTHING);
      const fragment: FragmentDefinitionNode | null | undefined = context.getFragment(name);
      const size = fragment ? sizeOf(fragment.selectionSet) : NOTHING;
      fragments.set(name, size);
      return size;
    }

    function sizeOf(selectionSet: SelectionSetNode): Size {
      let { depth, fields, aliases } = NOTHING;
      for (const selection of selectionSet.selections) {
        if (selection.kind === Kind.FIELD) {
          const isIntrospection = selection.name.value.startsWith('__');
          const inner = selection.selectionSet && !isIntrospection ? sizeOf(selection.selectionSet) : NOTHING;
          depth = Math.max(depth, 1 + inner.depth);
          fields += 1;
          aliases += (selection.alias ? 1 : 0) + inner.aliases;
        } else {
          const inner =
            selection.kind === Kind.FRAGMENT_SPREAD
              ? sizeOfFragment(selection.name.value)
              : sizeOf(selection.selectionSet);
          depth = Math.max(depth, inner.depth);
          fields += inner.fields;
          aliases += inner.aliases;
        }
      }
      return { depth, fields, aliases };
    }

    function refuse(operation: OperationDefinitionNode, what: string, size: number, limit: number): void {
      if (size <= limit) return;
      context.reportError(
        new GraphQLError(`The operation has ${size} ${what}, more than the ${limit} allowed`, {
          nodes: operation,
        }),
      );
    }

    return {
      OperationDefinition(operation) {
        const { depth, fields, aliases } = sizeOf(operation.selectionSet);
        refuse(operation, 'levels of fields', depth, limits.depth);
        refuse(operation, 'fields at its root', fields, limits.rootFields);
        refuse(operation, 'aliases', aliases, limits.aliases);
      },
    };
  };
}
