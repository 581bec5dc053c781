import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import {
  custodianLimits,
  custodianSecrets,
  memberOf,
  signSuccession,
} from '@hypergate/node/jobs/threshold/custodian';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CommitteeDocument, documentOf, readCommittee, writeCommittee } from '../committee-document.ts';
import { processLimits } from '../limits.ts';

const random = createPooledRandom();
const coordinator = Uint8Array.from(ed25519SigningKey(Buffer.alloc(32, 9)).publicKey);
const rootOf = (seed: number) => createKeystore(Buffer.alloc(32, seed)).custodianRoot();
const memberAt = (index: number, seed: number) => {
  const { key, sealingKey } = memberOf(index, custodianSecrets(rootOf(seed)).seeds);
  return { index, key: Uint8Array.from(key), sealingKey: Uint8Array.from(sealingKey) };
};
/** Of the JSON, as somebody may have changed it. */
interface Written {
  version: unknown;
  epoch: unknown;
  threshold: unknown;
  handovers: { epoch: unknown; index: unknown; key: unknown; signatures: Record<string, unknown>[] }[];
}

const founded = documentOf({
  coordinator,
  first: { epoch: 0, threshold: 1, members: [1, 2, 3, 4].map((index) => memberAt(index, index)) },
  handovers: [],
});

async function replaced(
  { succession }: CommitteeDocument,
  index: number,
  seed: number,
  seeds: readonly number[],
) {
  const member = memberAt(index, seed);
  const signatures = await Promise.all(
    seeds.flatMap((of, at) =>
      at + 1 === index
        ? []
        : [
            signSuccession(
              { me: at + 1, succession, member },
              { store: undefined, root: rootOf(of), random },
            ),
          ],
    ),
  );
  return documentOf({ ...succession, handovers: [...succession.handovers, { member, signatures }] });
}

let third: CommitteeDocument;
beforeAll(async () => {
  const once = await replaced(founded, 2, 52, [1, 2, 3, 4]);
  third = await replaced(once, 4, 54, [1, 52, 3, 4]);
});

/** As the releases before this one wrote it. */
const versionOne = (): string => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const members = founded.committee.members.map(({ index, key, sealingKey }) => ({
    index,
    key: hex(key),
    sealingKey: hex(sealingKey),
  }));
  const fields = { format: 'hypergate-committee', version: 1, epoch: 0, threshold: 1 };
  return `${JSON.stringify({ ...fields, coordinator: hex(coordinator), members })}\n`;
};

describe('the document', () => {
  test('of a committee that is as it was founded is read and written as before', () => {
    expect(writeCommittee(founded)).toBe(versionOne());
    expect(readCommittee(versionOne())).toEqual(founded);
  });

  test('keeps every handover, and the committee is the last one', () => {
    const text = writeCommittee(third);
    expect(JSON.parse(text)).toMatchObject({
      version: 2,
      epoch: 0,
      handovers: [
        { epoch: 1, index: 2 },
        { epoch: 2, index: 4 },
      ],
    });
    const read = readCommittee(text);
    expect(read.committee).toEqual(third.committee);
    expect(read.committee.epoch).toBe(2);
    expect(read.committee.members[1]).toEqual(memberAt(2, 52));
    expect(writeCommittee(read)).toBe(text);
  });

  test('with as many handovers as may be fits into its file', () => {
    const text = writeCommittee(third);
    const [one] = third.succession.handovers;
    const signatures = Array.from({ length: 10 }, () => one!.signatures[0]!);
    const handovers = Array.from({ length: custodianLimits.handoversMax }, () => ({ ...one!, signatures }));
    const most = writeCommittee({ succession: { ...third.succession, handovers } });
    expect(most.length).toBeLessThan(processLimits.committeeFileBytesMax);
    expect(text.length).toBeLessThan(most.length);
  });

  const changes: Readonly<Record<string, (fields: Written) => unknown>> = {
    'a version to come': (fields) => (fields.version = 3),
    'handovers that are none': (fields) => ((fields.handovers as unknown) = {}),
    'too many handovers': (fields) =>
      (fields.handovers = Array(custodianLimits.handoversMax + 1).fill(fields.handovers[0]!)),
    'a handover left out': (fields) => fields.handovers.shift(),
    'handovers in another order': (fields) => fields.handovers.reverse(),
    'a skipped epoch': (fields) => (fields.handovers[1]!.epoch = 3),
    'another beginning': (fields) => (fields.epoch = 1),
    'another threshold': (fields) => (fields.threshold = 2),
    'a member of another place': (fields) => (fields.handovers[0]!.index = 3),
    'a member that is none': (fields) => (fields.handovers[0]!.index = 1.5),
    'signatures that are too many': (fields) =>
      (fields.handovers[0]!.signatures = Array(11).fill(fields.handovers[0]!.signatures[0])),
    'a signature that is too short': (fields) => (fields.handovers[0]!.signatures[0]!.signature = '00'),
    'a signature of nobody': (fields) => (fields.handovers[0]!.signatures[0]!.custodian = -1),
    'one signature less': (fields) => fields.handovers[1]!.signatures.pop(),
    'a handover without keys': (fields) => (fields.handovers[0]!.key = undefined),
    'a handover that is null': (fields) => ((fields.handovers[0] as unknown) = null),
    'an epoch beyond all': (fields) => (fields.epoch = 2 ** 32 - 1),
  };
  test.each(Object.keys(changes))('with %s is refused', (name) => {
    const fields = JSON.parse(writeCommittee(third));
    changes[name]!(fields);
    expect(() => readCommittee(JSON.stringify(fields))).toThrow(RangeError);
  });

  test('of any other text is refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => readCommittee(text)).toThrow(RangeError);
      }),
    );
  });
});
