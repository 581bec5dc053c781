/**
 * `committee.json` of the data directory: who the custodians are. Written when the keystores of all stand on their disks, and whenever one is
 * replaced (replace.ts).
 *
 *   {"format":"hypergate-committee","version":1,"epoch":0,"threshold":1,"coordinator":"<hex>","members":[{"index":1,"key":"<hex>","sealingKey":"<hex>"},…]}
 *
 * Version 2, once somebody was replaced: `epoch` and `members` are those of the beginning, and there is one entry for each epoch that
 * followed, with the keys that one custodian has from there on and the signatures of those before (node/jobs/threshold/custodian/succession.ts):
 *
 *   …,"version":2,…,"handovers":[{"epoch":1,"index":2,"key":"<hex>","sealingKey":"<hex>","signatures":[{"custodian":1,"signature":"<hex>"},…]},…]
 *
 * Never shortened: a custodian follows it from whichever epoch it was in when it served last.
 */
import type { TaggedKey } from '@hypergate/node/api';
import {
  type Committee,
  checkCommittee,
  committeesOf,
  custodianLimits,
  type Handover,
  type Member,
  type Succession,
  thresholdLimits,
} from '@hypergate/node/jobs/threshold/custodian';

const format = 'hypergate-committee';
const versions = { founded: 1, handedOver: 2 } as const;
const keyBytes = 33;
const sealingKeyBytes = 32;
const signatureBytes = 65;

export interface CommitteeDocument {
  /** As it is now: the last of the succession. */
  readonly committee: Committee;
  readonly coordinator: TaggedKey;
  readonly succession: Succession;
}

/** So many custodians stand as many faults as n >= 3t + 1 allows. */
export function thresholdOf(custodians: number): number {
  return Math.floor((custodians - 1) / 3);
}

/** @throws RangeError when a handover does not hold */
export function documentOf(succession: Succession): CommitteeDocument {
  const { coordinator } = succession;
  return { committee: committeesOf(succession).at(-1)!, coordinator, succession };
}

export function writeCommittee({ succession }: Pick<CommitteeDocument, 'succession'>): string {
  const { first, coordinator, handovers } = succession;
  const { epoch, threshold } = first;
  const version = handovers.length === 0 ? versions.founded : versions.handedOver;
  const fields = { format, version, epoch, threshold, coordinator: hex(coordinator) };
  const members = first.members.map(writeMember);
  if (handovers.length === 0) return `${JSON.stringify({ ...fields, members })}\n`;
  const written = handovers.map(({ member, signatures }, at) => ({
    epoch: epoch + at + 1,
    ...writeMember(member),
    signatures: signatures.map((one) => ({ custodian: one.custodian, signature: hex(one.signature) })),
  }));
  return `${JSON.stringify({ ...fields, members, handovers: written })}\n`;
}

/** @throws RangeError with what is wrong */
export function readCommittee(text: string): CommitteeDocument {
  const fields = parse(text);
  if (fields.format !== format) throw new RangeError('it is no committee document');
  if (fields.version !== versions.founded && fields.version !== versions.handedOver)
    throw new RangeError(`it has version ${String(fields.version)}`);
  const first: Committee = {
    epoch: whole(fields.epoch, 0xffff_ffff - custodianLimits.handoversMax),
    threshold: fields.threshold as number,
    members: list(fields.members, thresholdLimits.custodiansMax).map(readMember),
  };
  checkCommittee(first);
  const entries =
    fields.version === versions.founded ? [] : list(fields.handovers, custodianLimits.handoversMax);
  const handovers = entries.map((entry, at) => readHandover(entry, first.epoch + at + 1));
  return documentOf({ coordinator: bytes(fields.coordinator, keyBytes), first, handovers });
}

function readHandover(entry: Fields, epoch: number): Handover {
  if (entry.epoch !== epoch) throw new RangeError(`its handover to epoch ${epoch} is missing`);
  const signatures = list(entry.signatures, thresholdLimits.custodiansMax);
  return {
    member: readMember(entry),
    signatures: signatures.map(({ custodian, signature }) => ({
      custodian: whole(custodian, 255),
      signature: bytes(signature, signatureBytes),
    })),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parse(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch (error) {
    throw new RangeError('it is damaged', { cause: error });
  }
  throw damaged();
}

function writeMember({ index, key, sealingKey }: Member) {
  return { index, key: hex(key), sealingKey: hex(sealingKey) };
}

function readMember({ index, key, sealingKey }: Fields): Member {
  return {
    index: whole(index, 255),
    key: bytes(key, keyBytes),
    sealingKey: bytes(sealingKey, sealingKeyBytes),
  };
}

const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');

function list(value: unknown, max: number): readonly Fields[] {
  if (!Array.isArray(value) || value.length > max || !value.every(isFields)) throw damaged();
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function whole(value: unknown, max: number): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) throw damaged();
  return value as number;
}

function bytes(value: unknown, length: number): Uint8Array {
  if (typeof value !== 'string' || value.length !== 2 * length || !/^[0-9a-f]*$/.test(value)) throw damaged();
  return Uint8Array.from(Buffer.from(value, 'hex'));
}

const damaged = () => new RangeError('it is damaged');
