import type { DocumentNode } from 'graphql';

/** Whether, and how, an operation takes a cursor. */
export interface CursorVariable {
  /** The document gives a value of its own to an operation that is sent without one. */
  readonly hasDefault: boolean;
}

/** Where a subscription stands: what it must be asked with so that it goes on there. */
export interface Position {
  /** The variables of the next request. */
  variables(): Record<string, unknown>;
  /** A request without a cursor was answered from here on, if `cursor` is one. Only the first such answer counts. */
  begin(cursor: unknown): void;
  /** What came with `extensions` has been given to the app. */
  pass(extensions: unknown): void;
  /** Forgets everything, what the app itself gave included: the next request goes on from now. */
  forget(): void;
}

export interface PositionOptions extends CursorVariable {
  /** The name of the variable that takes the cursor, without `$`. */
  readonly variable: string;
  /** The app's own. They are never changed. */
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

export function createPosition({ variable, variables, hasDefault }: PositionOptions): Position {
  const { [variable]: given, ...others } = variables ?? {};
  let asGiven: Record<string, unknown> = { ...variables };
  let isGiven = isCursor(given) || (hasDefault && given === undefined);
  let passed: string | undefined;
  let began: string | undefined;

  return {
    variables() {
      const cursor = passed ?? began;
      return cursor === undefined ? asGiven : { ...asGiven, [variable]: cursor };
    },
    begin(cursor) {
      if (!isGiven && isCursor(cursor)) began ??= cursor;
    },
    pass(extensions) {
      const { cursor } = (extensions ?? {}) as { cursor?: unknown };
      if (isCursor(cursor)) passed = cursor;
    },
    forget() {
      asGiven = hasDefault ? { ...others, [variable]: null } : others;
      isGiven = false;
      passed = undefined;
      began = undefined;
    },
  };
}

function isCursor(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

export interface OperationText {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * The variable with which the subscription of a request takes a cursor; null when the request is no subscription, or does
 * not declare it. A request without a document, such as one that is known by its hash, takes a cursor if its variables
 * name it.
 */
export function cursorVariable(request: OperationText, variable: string): CursorVariable | null {
  const heads = operationHeads(request.query);
  if (heads.length === 0) return Object.hasOwn(request.variables ?? {}, variable) ? { hasDefault: false } : null;
  const named = request.operationName ? heads.filter(({ name }) => name === request.operationName) : heads;
  const [head] = named;
  if (named.length !== 1 || head?.type !== 'subscription') return null;
  const definition = new RegExp(`\\$[\\s,]*${variable}[\\s,]*:[\\s,\\w![\\]]*(=?)`).exec(head.text);
  return definition && { hasDefault: definition[1] === '=' };
}

/** As `cursorVariable`, of a document that has been parsed. */
export function cursorVariableOf(document: DocumentNode, variable: string): CursorVariable | null {
  for (const definition of document.definitions) {
    if (definition.kind !== 'OperationDefinition' || definition.operation !== 'subscription') continue;
    const found = definition.variableDefinitions?.find((declared) => declared.variable.name.value === variable);
    if (found) return { hasDefault: found.defaultValue !== undefined };
  }
  return null;
}

interface OperationHead {
  readonly type: string;
  readonly name: string | undefined;
  /** From the type to the selection set, without strings and comments. */
  readonly text: string;
}

const STRINGS_AND_COMMENTS = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n\r])*"|#[^\n\r]*/g;
const HEAD = /^[\s,]*(?:(query|mutation|subscription)\b[\s,]*([_A-Za-z]\w*)?|$)/;

/** What stands before each selection set that is not inside another: a whole parser would be most of this package. */
function operationHeads(document: string): readonly OperationHead[] {
  const text = document.replace(STRINGS_AND_COMMENTS, ' ');
  const heads: OperationHead[] = [];
  let depth = 0;
  let begin = 0;
  for (const { 0: bracket, index } of text.matchAll(/[(){}]/g)) {
    if (bracket === '{' && depth === 0) {
      const head = text.slice(begin, index);
      const found = HEAD.exec(head);
      if (found) heads.push({ type: found[1] ?? 'query', name: found[2], text: head });
    }
    depth += bracket === '{' || bracket === '(' ? 1 : -1;
    if (bracket === '}' && depth === 0) begin = index + 1;
  }
  return heads;
}
