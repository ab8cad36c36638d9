import { type Answer, refuse } from './answer.ts';
import type { Call } from './call.ts';
import { failureAnswer } from './failures.ts';
import { commandBody } from './outcomes.ts';

export async function getCommand(call: Call): Promise<Answer> {
  const { data, errors } = await call.run('RestCommand', { id: call.params.id });
  if (errors.length > 0) return failureAnswer(errors, 'read');
  if (!data?.command)
    return refuse(404, { code: 'NOT_FOUND', message: 'There is no command with this id, or it is too old.' });
  return { status: 200, headers: { 'cache-control': 'no-store' }, body: commandBody(data.command) };
}
