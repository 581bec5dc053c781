/** What parties agree on before they meet. All of it is public, and all of it goes into the agreement that each channel is bound to. */
import type { TaggedHash, TaggedKey } from '../../../api/index.ts';
import { mpcLimits } from '../limits.ts';
import type { SecurityLevel } from '../protocol.ts';
import { isTaggedHash } from './format/hashes.ts';
import { isPublicKey } from './identity.ts';
import { sessionLimits } from './limits.ts';

export interface SessionParty {
  readonly name: string;
  readonly key: TaggedKey;
}

/** The same circuit, so many times after each other. */
export interface ExpectedRuns {
  /** Commitment of the circuit. */
  readonly circuit: TaggedHash;
  readonly times: number;
}

/** What a job asks of the level, at least. */
export interface SecurityDemand {
  /** The computation touches keys: levels that give anything away are refused. */
  readonly keys: boolean;
  readonly level: SecurityLevel;
}

export interface SessionDescription {
  /** Names the session among all that these parties may have: best with something random in it. */
  readonly name: string;
  readonly level: SecurityLevel;
  readonly demand: SecurityDemand;
  /** In the order of the protocol's roles. */
  readonly parties: readonly SessionParty[];
  /** What will run, in this order. A session may end earlier. */
  readonly runs: readonly ExpectedRuns[];
  /**
   * Any circuit may run, at any time: `runs` is empty then. Each run still begins only when all parties want the same circuit, so that
   * whoever opens such a session has to know from elsewhere, at each run, that it wants this one.
   */
  readonly anyRuns?: true;
  /** Pairs, by name, of which the first dials; of other pairs it is the one that is later in the list. */
  readonly dials?: readonly (readonly [dialer: string, listener: string])[];
}

const partyName = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const sessionName = /^[\x21-\x7e]+$/;

/** @throws RangeError with what is wrong */
export function checkDescription({ name, parties, runs, anyRuns, dials = [] }: SessionDescription): void {
  if (!sessionName.test(name) || name.length > sessionLimits.sessionNameCharsMax) {
    throw new RangeError('the name of a session is 1 to 128 printable ASCII characters without spaces');
  }
  checkParties(parties);
  if (runs.length > sessionLimits.runRowsMax) throw new RangeError('too many rows of runs');
  if (anyRuns && runs.length > 0) throw new RangeError('a session of any runs says nothing of its runs');
  let total = 0;
  for (const { circuit, times } of runs) {
    if (!isTaggedHash(circuit)) throw new RangeError('a commitment of a circuit is a tagged SHA-256 hash');
    if (!Number.isInteger(times) || times < 1) throw new RangeError('a circuit runs at least once');
    total += times;
  }
  if (total > sessionLimits.runsMax) throw new RangeError('too many runs');
  checkDials(dials, parties);
}

function checkParties(parties: readonly SessionParty[]): void {
  if (parties.length < 2 || parties.length > mpcLimits.partiesMax) {
    throw new RangeError(`a session has 2 to ${mpcLimits.partiesMax} parties`);
  }
  for (const { name, key } of parties) {
    if (!partyName.test(name) || name.length > mpcLimits.nameCharsMax) {
      throw new RangeError(`${JSON.stringify(name)} is no name of a party`);
    }
    if (!isPublicKey(key)) throw new RangeError(`${name}: not a tagged Ed25519 public key`);
  }
  const differ = (of: readonly string[]) => new Set(of).size === of.length;
  if (!differ(parties.map(({ name }) => name))) throw new RangeError('two parties have one name');
  if (!differ(parties.map(({ key }) => Buffer.from(key).toString('hex')))) {
    throw new RangeError('two parties have one key');
  }
}

function checkDials(dials: NonNullable<SessionDescription['dials']>, parties: readonly SessionParty[]): void {
  const seen = new Set<string>();
  for (const [dialer, listener] of dials) {
    const known = [dialer, listener].every((name) => parties.some((party) => party.name === name));
    if (!known || dialer === listener) throw new RangeError('a pair that dials is two of the parties');
    const pair = [dialer, listener].sort().join(' ');
    if (seen.has(pair)) throw new RangeError(`${pair}: named twice among the pairs that dial`);
    seen.add(pair);
  }
}

/** Whether `me` opens the connection to `peer` and begins the handshake. */
export function dials({ parties, dials: pairs = [] }: SessionDescription, me: string, peer: string): boolean {
  const index = (of: string) => parties.findIndex(({ name }) => name === of);
  if (pairs.some(([dialer, listener]) => dialer === me && listener === peer)) return true;
  if (pairs.some(([dialer, listener]) => dialer === peer && listener === me)) return false;
  return index(me) > index(peer);
}

/** @throws RangeError for a name that is not in the list */
export function partyOf({ parties }: SessionDescription, name: string): SessionParty {
  const party = parties.find((each) => each.name === name);
  if (party === undefined) throw new RangeError(`${name} is not a party of the session`);
  return party;
}

/** Whether run `number`, from 0 on, may be of this circuit. */
export function allowsRun(description: SessionDescription, number: number, circuit: TaggedHash): boolean {
  if (description.anyRuns) return number < sessionLimits.runsMax;
  const expected = expectedCircuit(description, number);
  return expected !== undefined && Buffer.compare(expected, circuit) === 0;
}

/** Commitment that run `number`, from 0 on, has to have; undefined after the last. */
function expectedCircuit({ runs }: SessionDescription, number: number): TaggedHash | undefined {
  let before = 0;
  for (const { circuit, times } of runs) {
    before += times;
    if (number < before) return circuit;
  }
  return undefined;
}
