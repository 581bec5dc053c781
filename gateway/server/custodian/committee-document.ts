/**
 * `committee.json` of the data directory: who the custodians are. Written once, when the keystores of all stand on their disks.
 *
 *   {"format":"hypergate-committee","version":1,"epoch":0,"threshold":1,"coordinator":"<hex>","members":[{"index":1,"key":"<hex>","sealingKey":"<hex>"},…]}
 */
import type { TaggedKey } from '@hypergate/node/api';
import { type Committee, checkCommittee } from '@hypergate/node/jobs/threshold/custodian';

const format = 'hypergate-committee';
const version = 1;

export interface CommitteeDocument {
  readonly committee: Committee;
  readonly coordinator: TaggedKey;
}

/** So many custodians stand as many faults as n >= 3t + 1 allows. */
export function thresholdOf(custodians: number): number {
  return Math.floor((custodians - 1) / 3);
}

export function writeCommittee({ committee, coordinator }: CommitteeDocument): string {
  const { epoch, threshold } = committee;
  const members = committee.members.map(({ index, key, sealingKey }) => ({
    index,
    key: hex(key),
    sealingKey: hex(sealingKey),
  }));
  return `${JSON.stringify({ format, version, epoch, threshold, coordinator: hex(coordinator), members })}\n`;
}

/** @throws RangeError with what is wrong */
export function readCommittee(text: string): CommitteeDocument {
  const fields = parse(text);
  if (fields.format !== format) throw new RangeError('it is no committee document');
  if (fields.version !== version) throw new RangeError(`it has version ${String(fields.version)}`);
  const { epoch, threshold, members } = fields;
  if (!Number.isInteger(epoch) || (epoch as number) < 0 || !Array.isArray(members))
    throw new RangeError('it is damaged');
  const committee: Committee = {
    epoch: epoch as number,
    threshold: threshold as number,
    members: members.map((member: Record<string, unknown>) => ({
      index: member.index as number,
      key: bytes(member.key, 33),
      sealingKey: bytes(member.sealingKey, 32),
    })),
  };
  checkCommittee(committee);
  return { committee, coordinator: bytes(fields.coordinator, 33) };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw new RangeError('it is damaged', { cause: error });
  }
  throw new RangeError('it is damaged');
}

const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');

function bytes(value: unknown, length: number): Uint8Array {
  if (typeof value !== 'string' || !/^[0-9a-f]*$/.test(value) || value.length !== 2 * length)
    throw new RangeError('it is damaged');
  return Uint8Array.from(Buffer.from(value, 'hex'));
}
