/** The process of a custodian while no gateway runs: it is started, asked for one thing, and ended. Its secrets are nowhere else. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { processLimits } from './limits.ts';
import type { CustodianStart, FromCustodian, ToCustodian } from './messages.ts';

/** Its process, or its keystore, does not do what it should. The message is for people. */
export class ErrandFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ErrandFailed';
  }
}

/**
 * @param orders sent after the start
 * @param pick what is waited for; undefined for other messages
 * @throws ErrandFailed
 */
export async function runErrand<Result>(
  entry: URL,
  start: CustodianStart,
  orders: readonly ToCustodian[],
  pick: (message: FromCustodian) => Result | undefined,
): Promise<Result> {
  const child = fork(fileURLToPath(entry), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: {},
    execArgv: [],
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const fail = (why: string) => reject(new ErrandFailed(why));
  child.on('exit', () => {
    fail('its process ended');
    end();
  });
  child.on('error', (error) => {
    fail(error.message);
    if (child.pid === undefined) end();
  });
  child.on('message', (message) => {
    const told = message as FromCustodian;
    if (told.type === 'failed') fail(told.message);
    const result = pick(told);
    if (result !== undefined) resolve(result);
  });
  const late = setTimeout(() => fail('it did not answer in time'), processLimits.membersMs);
  // An end that came first is seen by itself.
  const send = (message: ToCustodian) => child.connected && child.send(message, () => undefined);
  send({ type: 'start', start });
  for (const order of orders) send(order);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    send({ type: 'stop' });
    const timer = setTimeout(() => child.kill('SIGKILL'), processLimits.stopMs);
    await ended;
    clearTimeout(timer);
  }
}
