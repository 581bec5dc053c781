/** Running a command where something must be looked at first: engine/admission.ts decides, this does what it decided. */
import { admit, type Verdict } from './admission.ts';
import { type Client, special } from './client.ts';
import { textBytes } from './client-memory.ts';
import type { CommandRow } from './command.ts';
import type { Engine } from './engine.ts';
import { RedisError } from './errors.ts';

/** @throws RedisError of the command itself */
export function runGuarded(engine: Engine, client: Client, row: CommandRow, args: readonly string[]): void {
  let verdict: Verdict;
  try {
    verdict = admit(engine, client, row, args);
  } catch (error) {
    if (!(error instanceof RedisError)) throw error;
    reject(client, args, error);
    return;
  }
  if (verdict === 'postpone') {
    engine.pause.postpone(client, args);
    return;
  }
  if (verdict === 'queue') {
    client.queue!.push({ row, args });
    client.queueBytes += textBytes(args);
    client.call.reply.simple('QUEUED');
    return;
  }
  const tracksAccess = engine.tracksAccess;
  if (client.noTouch && !row.flags.includes('write') && row.name !== 'touch') engine.tracksAccess = false;
  try {
    engine.run(client.call, row, args);
  } finally {
    engine.tracksAccess = tracksAccess;
    if ((client.special & special.caching) !== 0) endCaching(client, row);
  }
}

/** A command that could not be run or queued. */
export function reject(client: Client, args: readonly string[], error: RedisError): void {
  const { engine } = client;
  engine.meter.rejected(args, error);
  if (client.queue !== undefined) client.queueFailed = true;
  if (engine.commands.lookup(args[0]!)?.name === 'exec') {
    endTransaction(client);
    const why = error.message.startsWith('ERR ') ? error.message.slice(4) : error.message;
    client.call.reply.error(`EXECABORT Transaction discarded because of: ${why}`);
  } else client.call.reply.error(error.message);
}

/** Forgets what was queued and watched. */
export function endTransaction(client: Client): void {
  client.engine.watches.removeAll(client);
  client.watchFailed = false;
  client.queueFailed = false;
  if (client.queue === undefined) return;
  client.queue = undefined;
  client.queueBytes = 0;
  client.refresh();
}

/** Before each command of a client that does not want all answers: SKIP is for one. */
export function advanceReplyMode(client: Client): void {
  if (client.replyMode === 'skip') client.setReplyMode('skipping');
  else if (client.replyMode === 'skipping') client.setReplyMode('on');
}

/** CLIENT CACHING is for the next command that is not CLIENT, or for the next transaction. */
function endCaching(client: Client, row: CommandRow): void {
  if (client.queue !== undefined || client.tracking === undefined) return;
  if (client.engine.commands.fullNames.get(row)!.startsWith('client|')) return;
  client.tracking.caching = undefined;
  client.refresh();
}
