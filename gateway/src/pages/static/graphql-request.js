/** @typedef {{ message: string, extensions?: { code?: string, problems?: readonly Problem[], commandId?: string } }} GraphqlError */
/** @typedef {{ path: readonly string[], code: string, message: string }} Problem */

const NO_ANSWER = { message: 'The gateway did not answer.', extensions: { code: 'NO_ANSWER' } };

/**
 * Runs a query or a mutation over HTTP. Whatever goes wrong is among the errors: it never rejects.
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @returns {Promise<{ data: any, errors: readonly GraphqlError[], date: string | null }>} `date` is the answer's header
 */
export async function request(query, variables = {}) {
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data = null, errors = [] } = await response.json();
    return { data, errors, date: response.headers.get('date') };
  } catch {
    return { data: null, errors: [NO_ANSWER], date: null };
  }
}

/**
 * What was wrong with which field of the input, and what was wrong beside.
 * @param {readonly GraphqlError[]} errors
 * @param {readonly string[]} fields
 * @returns {{ fields: Record<string, string>, other: string | null }}
 */
export function problemsOf(errors, fields) {
  /** @type {Record<string, string>} */
  const found = {};
  /** @type {string[]} */
  const other = [];
  for (const { message, extensions } of errors) {
    const problems = extensions?.problems ?? [];
    if (problems.length === 0) other.push(message);
    for (const problem of problems) {
      const field = problem.path.at(-1) ?? '';
      if (fields.includes(field)) found[field] ??= problem.message;
      else other.push(problem.message);
    }
  }
  return { fields: found, other: other.length > 0 ? other.join('; ') : null };
}
