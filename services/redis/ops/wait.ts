/**
 * WAIT and WAITAOF. A batch of effects is acknowledged locally when it is in this node's log, safe from the loss of power,
 * and by another node when the frame it is in is final there. Both wait for what the client's answers have shown so far.
 */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { notInteger, RedisError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';
import type { ReplySink } from '../model/reply.ts';

const shared = {
  flags: ['blocking'],
  categories: ['connection'],
  complexity: 'O(1)',
  group: 'generic',
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
} as const;

export const waitCommands: CommandRow[] = [
  {
    ...shared,
    name: 'wait',
    arity: 3,
    since: '3.0.0',
    summary: 'Waits until that many other nodes hold what this client has seen or written.',
    syntax: 'numreplicas timeout',
    run(call, args) {
      const wanted = parseInteger(args[1]!);
      if (wanted === undefined) throw notInteger;
      const until = deadline(call, args[2]!);
      const seen = call.client.exposed;
      waitFor(call, until, Number(wanted), 0, (reply) => reply.integer(replicas(call, seen)));
    },
  },
  {
    ...shared,
    name: 'waitaof',
    arity: 4,
    since: '7.2.0',
    summary: 'Waits until this node and that many others hold durably what this client has seen or written.',
    syntax: 'numlocal numreplicas timeout',
    run(call, args) {
      const local = parseInteger(args[1]!);
      if (local === undefined) throw notInteger;
      if (local < 0 || local > 1) {
        throw new RedisError('ERR value is out of range, value must between 0 and 1');
      }
      const wanted = parseInteger(args[2]!);
      if (wanted === undefined) throw notInteger;
      if (wanted < 0) throw new RedisError('ERR value is out of range, must be positive');
      const until = deadline(call, args[3]!);
      const seen = call.client.exposed;
      waitFor(call, until, Number(wanted), Number(local), (reply) => {
        reply.array(2);
        reply.integer(durable(call, seen));
        reply.integer(replicas(call, seen));
      });
    },
  },
];

/** @returns milliseconds since 1970, 0 for never */
function deadline(call: Call, text: string): number {
  const timeout = parseInteger(text);
  if (timeout === undefined) throw new RedisError('ERR timeout is not an integer or out of range');
  if (timeout < 0) throw new RedisError('ERR timeout is negative');
  return timeout === 0 ? 0 : call.now + Number(timeout);
}

function replicas(call: Call, batch: number): number {
  return call.engine.modules.finality?.replicas(batch) ?? 0;
}

function durable(call: Call, batch: number): number {
  const { engine } = call;
  return engine.journaling && engine.durable >= batch ? 1 : 0;
}

function waitFor(
  call: Call,
  until: number,
  wanted: number,
  wantedLocal: number,
  answer: (reply: ReplySink) => void,
): void {
  const seen = call.client.exposed;
  const enough = replicas(call, seen) >= wanted && durable(call, seen) >= wantedLocal;
  if (enough || !call.mayBlock) answer(call.reply);
  else call.block({ keys: [], until, timedOut: answer });
}
