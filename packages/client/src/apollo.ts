import { graphQLResultHasProtocolErrors, PROTOCOL_ERRORS_SYMBOL, ServerError } from '@apollo/client/errors';
import { ApolloLink } from '@apollo/client/link';
import { Observable, Subscription } from 'rxjs';
import { createPosition, cursorVariableOf } from './position.ts';
import { type Again, createRecovery, type ResumeOptions, resumeSettings } from './recovery.ts';

/**
 * A link to stand before an HttpLink, whose subscriptions come as multipart HTTP: when the connection of one is lost it is
 * forwarded again, from its last cursor if it declares the variable. Queries and mutations are only forwarded.
 */
export function createResumeLink(options: ResumeOptions = {}): ApolloLink {
  const settings = resumeSettings(options);
  const { variable } = settings;
  return new ApolloLink((operation, forward) => {
    if ((operation.operationType as string) !== 'subscription') return forward(operation);
    const takesCursor = cursorVariableOf(operation.query, variable);
    const { variables } = operation;

    return new Observable((observer) => {
      const position = takesCursor && createPosition({ variable, variables, ...takesCursor });
      const recovery = createRecovery(settings, position);
      let current = new Subscription();

      function ask(): void {
        const asked = new Subscription();
        current = asked;
        operation.variables = position?.variables() ?? variables;
        operation.setContext({ response: undefined });
        const noteBegin = () => position?.begin(operation.getContext().response?.headers?.get('x-cursor'));
        const forwarded = forward(operation).subscribe({
          next(result) {
            noteBegin();
            const next = (result.data ?? null) === null ? recovery.afterErrors(errorsOf(result)) : null;
            if (next) return goOn(next);
            position?.pass(result.extensions);
            recovery.progressed();
            observer.next(result);
          },
          error(error) {
            noteBegin();
            const next = recovery.afterErrors(errorsIn(error)) ?? (isLoss(error) ? recovery.afterLoss() : null);
            if (next) goOn(next);
            else observer.error(error);
          },
          complete: () => observer.complete(),
        });
        asked.add(forwarded);
      }

      function goOn({ inMs, onceAsked }: Again): void {
        current.unsubscribe();
        current = new Subscription();
        const timer = setTimeout(() => {
          ask();
          onceAsked();
        }, inMs);
        current.add(() => clearTimeout(timer));
      }

      ask();
      return () => current.unsubscribe();
    });
  });
}

function errorsOf(result: ApolloLink.Result): unknown {
  return graphQLResultHasProtocolErrors(result) ? result.extensions[PROTOCOL_ERRORS_SYMBOL].errors : result.errors;
}

/** The GraphQL errors of an answer that was not taken for one, because of its status. */
function errorsIn(error: unknown): unknown {
  if (!ServerError.is(error)) return undefined;
  try {
    return (JSON.parse(error.bodyText) as { errors?: unknown } | null)?.errors;
  } catch {
    return undefined;
  }
}

/** Whether the same request may be answered another time: a refusal would only be repeated, and an abort is wanted. */
function isLoss(error: unknown): boolean {
  if (ServerError.is(error)) return error.statusCode >= 500 || error.statusCode === 408 || error.statusCode === 429;
  return (error as Error | undefined)?.name !== 'AbortError';
}
