/** Protocols that do next to nothing: an echo, a note that is kept, a secret that is made and read. */

import { createHash } from 'node:crypto';
import type { KeyTask } from '../../../../../api/index.ts';
import { handlers as dkgHandlers } from '../../../dkg/index.ts';
import { ThresholdAbort } from '../../../errors.ts';
import { gather } from '../../../gather.ts';
import type { Custodians, Handler, KeyCommon, KeyShare } from '../../../party.ts';
import { type SchemeRow, sharesOfOne } from '../../../scheme.ts';
import { upkeepHandlers } from '../../../upkeep/handlers.ts';

const none = new Uint8Array(0);
const scheme = 'hmac-sha-256';

/** Free: answers with what it was asked. */
const echo: Handler = {
  kind: 'toy.echo',
  access: 'free',
  bodyBytesMax: 64 * 1024,
  handle: async (_party, { body }) => body,
};

/** Free: never answers. */
const hang: Handler = {
  kind: 'toy.hang',
  access: 'free',
  bodyBytesMax: 0,
  handle: () => new Promise(() => undefined),
};

/** Free: says with a secret in its text that something went wrong. */
const fail: Handler = {
  kind: 'toy.fail',
  access: 'free',
  bodyBytesMax: 64,
  handle: async (_party, { body }) => {
    throw new Error(`secret ${Buffer.from(body).toString('hex')}`);
  },
};

/** Free: blames the custodian whose index it is given. */
const blame: Handler = {
  kind: 'toy.blame',
  access: 'free',
  bodyBytesMax: 1,
  handle: async (_party, { body }) => {
    throw new ThresholdAbort('cheater', body[0], 'its proof does not hold');
  },
};

/** Free: keeps handle (16) ‖ secret as a share; counts how often it was told to in the share's generation. */
const note: Handler = {
  kind: 'toy.note',
  access: 'free',
  bodyBytesMax: 1024,
  async handle({ keys }, { body }) {
    const handle = body.slice(0, 16);
    const before = await keys.get(handle);
    const generation = (before?.generation ?? -1) + 1;
    await keys.put({ handle, scheme, generation, common: none, secret: body.slice(16) });
    return none;
  },
};

/** Free: generation (1) of the share of a handle, or nothing. */
const peek: Handler = {
  kind: 'toy.peek',
  access: 'free',
  bodyBytesMax: 16,
  async handle({ keys }, { body }) {
    const share = await keys.get(body);
    return share === undefined ? none : Buffer.of(share.generation);
  },
};

const create: Handler = {
  kind: 'toy.create',
  access: 'task',
  bodyBytesMax: 64,
  async handle({ keys }, { task, body }) {
    if (task?.kind !== 'create') throw new ThresholdAbort('malformed', undefined, 'another task');
    const share: KeyShare = {
      handle: task.handle,
      scheme: task.scheme,
      generation: 0,
      common: Buffer.from('common'),
      secret: Uint8Array.from(body),
    };
    await keys.put(share);
    return none;
  },
};

const use: Handler = {
  kind: 'toy.use',
  access: 'task',
  bodyBytesMax: 0,
  async handle({ keys }, { task }) {
    if (task?.kind !== 'mac') throw new ThresholdAbort('malformed', undefined, 'another task');
    const share = await keys.get(task.handle);
    if (share === undefined) throw new ThresholdAbort('unknown-key', undefined, 'no share of this key');
    return createHash('sha256').update(share.secret).update(task.message).digest();
  },
};

export const toyHandlers: readonly Handler[] = [
  echo,
  hang,
  fail,
  blame,
  note,
  peek,
  create,
  use,
  ...dkgHandlers.filter(({ kind }) => kind === 'key.erase'),
  ...upkeepHandlers,
];

/** A "key" that all custodians have alike: enough to go through the coordinator. */
export const toyScheme: SchemeRow = {
  scheme,
  use: 'mac',
  needs: sharesOfOne,
  async create(custodians, authorised, signal) {
    const { members, threshold } = custodians.committee;
    const secret = custodians.random.bytes(32);
    const options = signal === undefined ? { authorised } : { authorised, signal };
    const made = await gather(custodians, members.length - threshold, (one) =>
      custodians.ask(one, 'toy.create', secret, options),
    );
    for (const { index } of members) {
      const letter = Buffer.concat([authorised.task.handle, secret]);
      if (!made.has(index)) await custodians.deliver(index, 'toy.note', letter);
    }
    return commonOf(authorised.task);
  },
  import: async () => {
    throw new RangeError('not material of this scheme');
  },
  async perform(custodians, _key, authorised, signal) {
    const options = signal === undefined ? { authorised } : { authorised, signal };
    const answers = await gather(custodians, custodians.committee.threshold + 1, (one) =>
      custodians.ask(one, 'toy.use', none, options),
    );
    return [...answers.values()][0]!;
  },
  refresh: async (_custodians, key) => key,
  recover: async () => undefined,
  publicKey: () => none,
};

const commonOf = ({ handle }: KeyTask): KeyCommon => ({ handle, scheme, generation: 0, common: none });

export async function learnToyCommon(custodians: Custodians, handle: Uint8Array): Promise<KeyCommon> {
  const answers = await gather(custodians, custodians.committee.threshold + 1, (one) =>
    custodians.ask(one, 'toy.peek', handle),
  );
  if ([...answers.values()].every(({ length }) => length === 0))
    throw new ThresholdAbort('unknown-key', undefined, 'nobody has a share of this key');
  return { handle, scheme, generation: 0, common: none };
}
