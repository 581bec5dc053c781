/** First calls of functions that were just made. */
import { DeleteFunctionCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { LambdaCaller } from '../../lib/lambda-caller.ts';
import { createFunctionCommand } from '../../lib/lambda-functions.ts';
import type { Target } from '../../lib/target.ts';
import { median } from '../summary.ts';

let made = 0;

export async function coldStarts(
  target: Target,
  client: LambdaClient,
  count: number,
): Promise<{ readonly p50Ms: number; readonly maxMs: number }> {
  const caller = new LambdaCaller(target);
  const times: number[] = [];
  try {
    // The connection is open before anything is timed.
    await caller.invoke('echo', Buffer.from('{}'));
    for (let i = 0; i < count; i += 1) {
      made += 1;
      const name = `hello-${made}`;
      await client.send(
        // No two have the same package: none is unpacked already.
        createFunctionCommand(name, `export const handler = async () => 'hello ${made}';`),
      );
      const from = performance.now();
      const { body } = await caller.invoke(name, Buffer.from('{}'));
      times.push(performance.now() - from);
      if (body.toString() !== `"hello ${made}"`) throw new Error(`not what it says: ${body.toString()}`);
      await client.send(new DeleteFunctionCommand({ FunctionName: name }));
    }
  } finally {
    caller.close();
  }
  times.sort((left, right) => left - right);
  return { p50Ms: median(times), maxMs: times.at(-1)! };
}
