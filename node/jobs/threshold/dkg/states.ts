/**
 * What custodians have of a key, and from that what a coordinator can know that was restarted: `key.common` (anybody may ask: it gives
 * public things), and `key.erase`.
 */
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import { tooFew } from '../gather.ts';
import type { Custodians, Handler, KeyCommon } from '../party.ts';
import { abortOf, askAll, askOptions } from './attempts.ts';
import { checkStatement, finishKey } from './finish.ts';
import { eraseSlots, exclusively, loadSlots } from './key-slots.ts';
import {
  hexOf,
  type KeyCertificate,
  type KeyStatement,
  quorumOf,
  readKey,
  sameBytes,
  signStatement,
  writeKey,
} from './key-statement.ts';
import { keyLifeLimits as limits } from './limits.ts';

export interface KeyState {
  readonly active: StatedKey | undefined;
  readonly pending: StatedKey | undefined;
  /** Not signed: a lie about it makes its custodian useless for a refresh, and nothing else. */
  readonly previous: KeyCommon | undefined;
}

export interface StatedKey {
  readonly key: KeyCommon;
  readonly statement: KeyStatement;
}

const slotNames = ['active', 'pending', 'previous'] as const;

const commonHandler: Handler = {
  kind: 'key.common',
  access: 'free',
  bodyBytesMax: limits.handleBytes,
  async handle(party, { body }) {
    const handle = readMessage(body, undefined, (reader) => reader.bytes(limits.handleBytes, 'the handle'));
    const slots = await exclusively(party.keys, handle, () => loadSlots(party.keys, handle));
    const shares = { active: slots.active, pending: slots.pending?.share, previous: slots.previous };
    const writer = new MessageWriter();
    for (const [at, name] of slotNames.entries()) {
      const share = shares[name];
      if (share === undefined) continue;
      writeKey(writer.u8(at), share);
      if (name !== 'previous')
        writer.bytes(signStatement(party, name === 'active' ? 'held' : 'confirmed', share));
    }
    return writer.done();
  },
};

const eraseHandler: Handler = {
  kind: 'key.erase',
  access: 'task',
  bodyBytesMax: 0,
  async handle(party, { task }) {
    if (task?.kind !== 'erase') malformed(undefined, 'no task to erase a key');
    await eraseSlots(party.keys, task.handle);
    return new Uint8Array(0);
  },
};

export const stateHandlers: readonly Handler[] = [commonHandler, eraseHandler];

/** Of those asked that answer, statements checked. @param failed hears of the others */
export function readKeyStates(
  custodians: Custodians,
  indices: readonly number[],
  handle: Uint8Array,
  failed: (custodian: number, error: unknown) => void,
  signal?: AbortSignal,
): Promise<Map<number, KeyState>> {
  return askAll(
    indices,
    async (custodian) => {
      const answer = await custodians.ask(custodian, commonHandler.kind, handle, askOptions(signal));
      return readState(custodians, custodian, handle, answer);
    },
    failed,
  );
}

/**
 * What is common of a key, as t + 1 custodians state it: one of them is honest. Of several generations the highest, since old
 * shares go when n - t hold new ones.
 *
 * @throws ThresholdAbort: `unknown-key` when t + 1 have none; `unavailable` when no t + 1 agree
 */
export async function learnCommon(
  custodians: Custodians,
  handle: Uint8Array,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const failures: ThresholdAbort[] = [];
  const states = await readKeyStates(
    custodians,
    custodians.available(),
    handle,
    (_, error) => void failures.push(abortOf(error)),
    signal,
  );
  return commonOf(custodians, states, failures);
}

/** The same, from states that were read. @param failures of those that gave none */
export function commonOf(
  custodians: Custodians,
  states: ReadonlyMap<number, KeyState>,
  failures: readonly ThresholdAbort[],
): KeyCommon {
  const { threshold } = custodians.committee;
  const certificates = certificatesOf(states, 'active')
    .filter(({ statements }) => statements.length > threshold)
    .sort((left, right) => right.key.generation - left.key.generation);
  if (certificates[0] !== undefined) return certificates[0].key;
  const without = [...states.values()].filter(({ active }) => active === undefined);
  if (without.length > threshold)
    throw new ThresholdAbort('unknown-key', undefined, 'custodians have no such key');
  throw tooFew(failures, custodians);
}

/**
 * Completes what an earlier attempt began and n - t custodians confirmed.
 *
 * @param accept keys that are what is wanted
 * @returns undefined when there is nothing to complete
 * @throws ThresholdAbort `unavailable`
 */
export async function finishEarlier(
  custodians: Custodians,
  states: ReadonlyMap<number, KeyState>,
  accept: (key: KeyCommon) => boolean,
  signal?: AbortSignal,
): Promise<KeyCommon | undefined> {
  const quorum = quorumOf(custodians.committee);
  const ready = certificatesOf(states, 'any')
    .filter(({ key, statements }) => statements.length >= quorum && accept(key))
    .sort((left, right) => right.key.generation - left.key.generation);
  return ready[0] && finishKey(custodians, ready[0], undefined, signal);
}

/**
 * Those that have no key with this handle, and can make one.
 * @throws ThresholdAbort `refused` when t + 1 have one, which is none that is wanted
 */
export function withoutKey({ committee }: Custodians, states: ReadonlyMap<number, KeyState>): number[] {
  const without = [...states].filter(([, { active }]) => active === undefined).map(([index]) => index);
  if (states.size - without.length > committee.threshold && without.length < quorumOf(committee))
    throw new ThresholdAbort('refused', undefined, 'there is another key with this handle');
  return without;
}

/** For each key that custodians stated, who did: as active, or in any way. */
export function certificatesOf(
  states: ReadonlyMap<number, KeyState>,
  which: 'active' | 'any',
): KeyCertificate[] {
  const found = new Map<string, { key: KeyCommon; statements: KeyStatement[] }>();
  for (const { active, pending } of states.values()) {
    for (const stated of which === 'active' ? [active] : [active, pending]) {
      if (stated === undefined) continue;
      const { key, statement } = stated;
      const name = `${key.scheme} ${key.generation} ${hexOf(key.common)}`;
      const entry = found.get(name) ?? { key, statements: [] };
      found.set(name, entry);
      entry.statements.push(statement);
    }
  }
  return [...found.values()];
}

function readState(
  custodians: Custodians,
  custodian: number,
  handle: Uint8Array,
  answer: Uint8Array,
): KeyState {
  return readMessage(answer, custodian, (reader) => {
    const state: Record<(typeof slotNames)[number], StatedKey | undefined> = {
      active: undefined,
      pending: undefined,
      previous: undefined,
    };
    while (reader.left > 0) {
      const name = slotNames[reader.u8('a slot')] ?? malformed(custodian, 'no such slot');
      const key = readKey(reader, custodian);
      if (state[name] !== undefined || !sameBytes(key.handle, handle))
        malformed(custodian, 'it answers about another key');
      const kind = name === 'active' ? 'held' : 'confirmed';
      const signature = name === 'previous' ? new Uint8Array(0) : reader.bytes(limits.signatureBytes, 'it');
      const statement: KeyStatement = { custodian, kind, signature };
      if (name !== 'previous') checkStatement(custodians, key, statement);
      state[name] = { key, statement };
    }
    return { ...state, previous: state.previous?.key };
  });
}
