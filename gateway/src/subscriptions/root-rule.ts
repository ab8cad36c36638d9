import { GraphQLError, Kind, OperationTypeNode, type SelectionSetNode, type ValidationRule } from 'graphql';

/**
 * Refuses conditions at the root of a subscription, as the specification does since 2025: what to follow would depend
 * on variables, and the query planner cannot plan it.
 */
export const unconditionalSubscriptionRule: ValidationRule = (context) => ({
  OperationDefinition({ operation, selectionSet }) {
    if (operation !== OperationTypeNode.SUBSCRIPTION) return;
    const pending: SelectionSetNode[] = [selectionSet];
    const seen = new Set<string>();
    for (let selections = pending.pop(); selections; selections = pending.pop()) {
      for (const selection of selections.selections) {
        const condition = selection.directives?.find(({ name }) => name.value === 'skip' || name.value === 'include');
        if (condition)
          context.reportError(
            new GraphQLError('The root field of a subscription can have no condition', { nodes: condition }),
          );
        if (selection.kind === Kind.INLINE_FRAGMENT) pending.push(selection.selectionSet);
        if (selection.kind !== Kind.FRAGMENT_SPREAD || seen.has(selection.name.value)) continue;
        seen.add(selection.name.value);
        const fragment = context.getFragment(selection.name.value);
        if (fragment) pending.push(fragment.selectionSet);
      }
    }
  },
});
