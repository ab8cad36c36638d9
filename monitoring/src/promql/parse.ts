import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** A parsed expression of PromQL. */
export interface Expression {
  readonly text: string;
  readonly root: SyntaxNode;
}

/** @throws SyntaxError that names the place */
export function parse(text: string): Expression {
  const tree = parser.parse(text);
  tree.iterate({
    enter({ type, from }) {
      if (type.isError) throw new SyntaxError(`no PromQL at ${from}: ${text.slice(0, from)}⟨here⟩${text.slice(from)}`);
    },
  });
  const root = tree.topNode.firstChild;
  if (!root) throw new SyntaxError('an empty expression');
  return { text, root };
}

/** The nodes of a kind, such as `VectorSelector`, in the node and below it. */
export function nodesOf(node: SyntaxNode, kind: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  node.cursor().iterate((each) => {
    if (each.name === kind) found.push(each.node);
  });
  return found;
}

export function textOf({ text }: Expression, { from, to }: { from: number; to: number }): string {
  return text.slice(from, to);
}

/** The metrics that a node selects. */
export function metricsOf(expression: Expression, node: SyntaxNode = expression.root): string[] {
  return nodesOf(node, 'VectorSelector').map((selector) => {
    const name = selector.getChild('Identifier');
    if (!name) throw new SyntaxError(`a selector without a metric: ${textOf(expression, selector)}`);
    return textOf(expression, name);
  });
}

/** The nodes that are operands or arguments of a node: neither words nor modifiers. */
export function operandsOf(node: SyntaxNode): SyntaxNode[] {
  const operands: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (isOperand(child)) operands.push(child);
  return operands;
}

export function isOperand({ name }: SyntaxNode): boolean {
  return OPERANDS.has(name);
}

const OPERANDS: ReadonlySet<string> = new Set([
  'AggregateExpr',
  'BinaryExpr',
  'FunctionCall',
  'MatrixSelector',
  'NumberDurationLiteral',
  'OffsetExpr',
  'ParenExpr',
  'StringLiteral',
  'SubqueryExpr',
  'UnaryExpr',
  'VectorSelector',
]);
