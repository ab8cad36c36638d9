import type { SyntaxNode } from '@lezer/common';
import { type Expression, isOperand, metricsOf, operandsOf, textOf } from './parse.ts';

/** What the value of an expression counts. `number` has no unit: what is written as a number. */
export type Unit = 'seconds' | 'bytes' | 'bytes/s' | 'ratio' | 'count' | 'count/s' | 'number';

/**
 * The unit of an expression's value, from the names of its metrics, whose suffixes say it, and what is done to them.
 * @throws TypeError when units are mixed, as in seconds plus bytes
 */
export function unitOf(expression: Expression): Unit {
  return unitOfNode(expression, expression.root);
}

function unitOfNode(expression: Expression, node: SyntaxNode): Unit {
  const unit = (index: number) => unitOfOperand(expression, node, index);
  switch (node.name) {
    case 'NumberDurationLiteral':
      return 'number';
    case 'VectorSelector':
      return unitOfMetric(textOf(expression, node.getChild('Identifier') as SyntaxNode));
    case 'AggregateExpr':
      return isCounting(firstWord(expression, node)) ? 'count' : lastArgument(expression, node);
    case 'FunctionCall':
      return unitOfCall(expression, node);
    case 'BinaryExpr':
      return combine(expression, node, unit(0), unit(1));
    default:
      return unit(0);
  }
}

function unitOfOperand(expression: Expression, node: SyntaxNode, index: number): Unit {
  const operand = operandsOf(node).at(index);
  if (!operand) throw new TypeError(`nothing to take a unit from in ${textOf(expression, node)}`);
  return unitOfNode(expression, operand);
}

/** By the conventions of Prometheus: the base unit ends a metric's name, apart from what tells its kind. */
export function unitOfMetric(name: string): Unit {
  const [, recorded = name, operation = ''] = name.split(':');
  if (/(^|_)ratio/.test(operation)) return 'ratio';
  const plain = recorded.replace(/_(total|sum)$/, '');
  const unit: Unit = /_(count|bucket)$/.test(plain)
    ? 'count'
    : /_seconds$/.test(plain)
      ? 'seconds'
      : /_bytes$/.test(plain)
        ? 'bytes'
        : /_ratio$/.test(plain)
          ? 'ratio'
          : 'count';
  return /^rate/.test(operation) ? perSecond(unit) : unit;
}

function unitOfCall(expression: Expression, node: SyntaxNode): Unit {
  const name = firstWord(expression, node);
  const body = node.getChild('FunctionCallBody') as SyntaxNode;
  const first = () => unitOfOperand(expression, body, 0);
  switch (name) {
    case 'time':
    case 'timestamp':
      return 'seconds';
    case 'rate':
    case 'irate':
    case 'deriv':
      return perSecond(first());
    case 'changes':
    case 'resets':
    case 'count_over_time':
    case 'absent':
      return 'count';
    case 'histogram_quantile': {
      const bucket = /(\w+)_bucket\b/.exec(textOf(expression, body))?.[1];
      if (!bucket) throw new TypeError(`no buckets in ${textOf(expression, node)}`);
      return unitOfMetric(bucket);
    }
    default:
      return first();
  }
}

function combine(expression: Expression, node: SyntaxNode, left: Unit, right: Unit): Unit {
  const operator = operatorOf(node);
  const mixed = () => new TypeError(`${left} ${operator} ${right} in ${textOf(expression, node)}`);
  switch (operator) {
    case 'Mul':
      if (left === 'number' || left === 'ratio') return right;
      if (right === 'number' || right === 'ratio') return left;
      throw mixed();
    case 'Div':
      if (left === right) return isAverage(expression, node) ? 'count' : 'ratio';
      if (right === 'number' || right === 'count') return left;
      if (left === 'ratio' && right === 'count/s') return 'seconds'; // seconds a second, of so many a second
      if (left === 'bytes/s' && right === 'count/s') return 'bytes';
      throw mixed();
    case 'Add':
    case 'Sub':
      if (left === 'number' && right === 'ratio') return 'ratio';
      if (right === 'number') return left;
      if (left !== right) throw mixed();
      return left;
    case 'Or':
      if (left !== right && right !== 'number') throw mixed();
      return left;
    default:
      return node.getChild('BoolModifier') ? 'count' : left;
  }
}

/** Whether a histogram's sum is divided by its count. */
function isAverage(expression: Expression, node: SyntaxNode): boolean {
  const [sum, count] = metricsOf(expression, node);
  return sum?.endsWith('_sum') === true && count === sum.replace(/_sum$/, '_count');
}

function operatorOf(node: SyntaxNode): string {
  for (let child = node.firstChild; child; child = child.nextSibling) if (!isOperand(child)) return child.name;
  return '';
}

function perSecond(unit: Unit): Unit {
  if (unit === 'seconds') return 'ratio';
  if (unit === 'bytes') return 'bytes/s';
  if (unit === 'count') return 'count/s';
  throw new TypeError(`${unit} a second`);
}

function isCounting(operation: string): boolean {
  return operation === 'count' || operation === 'group';
}

function lastArgument(expression: Expression, node: SyntaxNode): Unit {
  const body = node.getChild('FunctionCallBody') as SyntaxNode;
  return unitOfOperand(expression, body, -1);
}

function firstWord(expression: Expression, node: SyntaxNode): string {
  return textOf(expression, node.firstChild as SyntaxNode);
}
