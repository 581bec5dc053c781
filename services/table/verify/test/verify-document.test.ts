import { Purpose, sealRecord } from '@hypergate/node/crypto';
import { discloseRecordKey } from '@hypergate/node/crypto/disclosure/owner';
import { type PlainItem, PlainProver } from '@hypergate/node/sim';
import { frameOf, ProofRefused } from '@hypergate/node/verifier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GatewayDomain } from '../../domain.ts';
import { encodeRecord } from '../../format/v1/record.ts';
import type { ProofSubject } from '../../index.ts';
import { key, plain, random, text } from '../../test/support/harness.ts';
import { encodeDocument, type ProofDocument, verifyDocument } from '../index.ts';
import { openProvingTables, type ProvingTables } from './harness.ts';

let proving: ProvingTables;
let present: ProofDocument;
let bound: ProofDocument;
let absent: ProofDocument;
let blob: ProofDocument;

const record = (sort: string): ProofSubject => ({
  kind: 'record',
  domain: proving.domain,
  table: plain,
  key: key(sort, 'p'),
});

beforeAll(async () => {
  proving = await openProvingTables();
  const { tables, domain, storeBlob } = proving;
  await tables.transact([
    { domain, kind: 'put', table: plain, key: key('here', 'p'), row: 'a row' },
    { domain, kind: 'put', table: plain, key: key('too', 'p'), row: 'another' },
  ]);
  present = await proving.document([record('here')], 'test://record', false);
  bound = await proving.document([record('here')]);
  absent = await proving.document([record('here'), record('gone')]);
  blob = await proving.document([{ kind: 'blob', domain, blob: await storeBlob(Buffer.alloc(100_000, 1)) }]);
});
afterAll(() => proving.close());

/** The items of a proof of this prover, for making another proof of some of them. */
function itemsOf(document: ProofDocument): PlainItem[] {
  const { items } = proving.prover.verifier.verify(document.proof, proving.prover.trustRoot);
  return items.map(({ shard: _shard, ...item }) => item as PlainItem);
}

const give = (items: readonly PlainItem[]) => proving.prover.give(items);

/** A proof that is made anew is of another frame than the one it replaces. */
function refusal(document: ProofDocument): string {
  try {
    proving.verify({ ...document, frame: frameOf(document.proof).number });
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    return error.message;
  }
  return 'accepted';
}

function changed(document: ProofDocument, change: Partial<ProofDocument>): string {
  return refusal({ ...document, ...change });
}

test('a record is what was stored', () => {
  const { records, absences, relations, chunks, addresses, frame, subject, namesBound } =
    proving.verify(present);
  expect(records).toHaveLength(1);
  const [found] = records;
  expect(found).toMatchObject({ table: 'test.plain', rowVersion: 1, chunks: [] });
  expect([found!.partition, found!.sort, found!.row].map(text)).toEqual(['p', 'here', 'a row']);
  expect([absences, relations, chunks, addresses]).toEqual([[], [], [], []]);
  expect([subject, frame.number, namesBound]).toEqual(['test://record', present.frame, false]);
});

test('that it stands where no other can have its key is shown with the address key of its table', () => {
  expect(proving.verify(bound).namesBound).toBe(true);
  const [address] = bound.addresses;
  expect(changed(bound, { addresses: [] })).toContain('a configuration is proven that is not needed');
  expect(changed(bound, { addresses: [{ ...address!, table: 'test.notes' }] })).toContain('not needed');
});

test('that a record is not there is shown beside one that is', () => {
  const { records, absences } = proving.verify(absent);
  expect(records.map(({ sort }) => text(sort))).toEqual(['here']);
  expect(absences.map(({ table, partition, sort }) => [table, text(partition), text(sort)])).toEqual([
    ['test.plain', 'p', 'gone'],
  ]);
});

test('every field of a document takes part', () => {
  for (const document of [present, bound, absent, blob]) {
    const good = encodeDocument(document);
    const { prover } = proving;
    for (let at = 0; at < good.length; at += 1) {
      const flipped = String.fromCharCode(good.charCodeAt(at) ^ 1);
      const bad = good.slice(0, at) + flipped + good.slice(at + 1);
      // What the proof is about is for the service to compare.
      if (bad.includes('\n "proof"') && JSON.stringify(subjectOf(bad)) !== JSON.stringify(subjectOf(good)))
        continue;
      expect(() => verifyDocument(bad, prover.trustRoot, prover.verifier), `${at}: ${bad}`).toThrow(
        ProofRefused,
      );
    }
  }
});

function subjectOf(document: string): string | undefined {
  return /\n "subject": (.*),\n/.exec(document)?.[1];
}

test('another trust root, frame or time is refused', () => {
  const { prover } = proving;
  const other = Uint8Array.from(prover.trustRoot, (byte) => byte ^ 1);
  expect(() => verifyDocument(encodeDocument(present), other, prover.verifier)).toThrow('another network');
  expect(() => proving.verify({ ...present, frame: present.frame + 1 })).toThrow('another frame');
  expect(() => proving.verify({ ...present, time: '2026-01-02T03:04:05.679Z' })).toThrow('another time');
});

test('a frame whose time is none is refused, not a failure', () => {
  const prover = new PlainProver();
  prover.timeMs = 8.64e15 + 1;
  const document = { ...present, frame: 0, proof: prover.give(itemsOf(present)) };
  const verify = () => verifyDocument(encodeDocument(document), prover.trustRoot, prover.verifier);
  expect(verify).toThrow(ProofRefused);
  expect(verify).toThrow('the time of the frame is no time');
});

describe('secrets', () => {
  test('too many, too few, none, another length, another one', () => {
    const [secret] = present.secrets;
    expect(changed(present, { secrets: [] })).toContain('too many or too few');
    expect(changed(present, { secrets: [secret, undefined] })).toContain('too many or too few');
    expect(changed(present, { secrets: [undefined] })).toContain('no secret that opens it');
    expect(changed(present, { secrets: [secret!.subarray(1)] })).toContain('32 bytes');
    expect(changed(present, { secrets: [absent.secrets[0]!.map((byte) => byte ^ 1)] })).toContain(
      'not that of',
    );
  });
  test('one where nothing is sealed', () => {
    const [first, , third] = absent.secrets;
    expect(changed(absent, { secrets: [first, first, third] })).toContain('nothing that it opens');
    expect(changed(absent, { secrets: [first, undefined, first] })).toContain('nothing that it opens');
  });
  test('of one record do not open another', async () => {
    const other = await proving.document([record('too')], 'test://record', false);
    expect(refusal({ ...other, secrets: present.secrets })).toContain('not that of');
  });
});

describe('atoms that are no part of a document', () => {
  const [domain, slot] = [new Uint8Array(32), new Uint8Array(24)];
  const place = {
    domain,
    slot,
    kind: 'vertex',
    state: 'present',
    incarnation: new Uint8Array(8),
    revision: 1,
  } as const;
  const atom = (
    payload: number[],
    kind: 'vertex' | 'hyperedge' = 'vertex',
    chunks = 0,
    members = 0,
  ): PlainItem => {
    const content = [
      chunks,
      ...Array.from({ length: chunks * 37 }, (_, at) => (at % 37 === 0 ? 1 : 0)),
      0,
      members,
      ...new Array<number>(members * 64).fill(0),
      0,
      0,
      0,
      payload.length,
      ...payload,
    ];
    return { ...place, kind, content: Uint8Array.from(content) };
  };
  const bare = (item: PlainItem, secrets: ProofDocument['secrets'] = [undefined]) =>
    refusal({ ...present, secrets, proof: give([item]) });

  test('without purpose, of another purpose, of the other kind', () => {
    const neither = 'neither a record nor a part of large data';
    expect(bare(atom([]))).toContain(neither);
    expect(bare(atom([2]))).toContain(neither);
    expect(bare(atom([6]))).toContain(neither);
    expect(bare(atom([1], 'hyperedge'))).toContain(neither);
    expect(bare(atom([4], 'vertex'))).toContain(neither);
    expect(bare(atom([1], 'vertex', 0, 1))).toContain(neither);
    expect(bare(atom([4], 'hyperedge', 1))).toContain(neither);
    expect(bare(atom([5], 'vertex', 2))).toContain(neither);
    expect(bare(atom([3], 'vertex', 2))).toContain(neither);
  });
  test('a lease', () => {
    const lease = Uint8Array.of(...new Array<number>(8).fill(0xff), ...new Array<number>(16).fill(1));
    expect(bare({ ...place, slot: lease, content: Uint8Array.of(0) })).toContain('is a lease');
    expect(
      refusal({ ...present, proof: give([{ domain, slot: lease, kind: 'vertex', state: 'absent' }]) }),
    ).not.toBe('accepted');
  });
  test('an older chunk stands open, and with a secret is refused', () => {
    const old = atom([3, 0, 0], 'vertex', 1);
    const verified = proving.verify({
      ...present,
      secrets: [undefined],
      frame: proving.prover.frame,
      proof: give([old]),
    });
    expect(verified.chunks).toMatchObject([{ kind: 'opaque', chunk: { length: 0 } }]);
    expect(bare(old, [new Uint8Array(32)])).toContain('an older chunk has a secret');
  });
  test('content that is cut or longer', () => {
    const content = (present: number[]) => ({ ...place, content: Uint8Array.from(present) });
    expect(bare(content([]))).toContain('the bytes end inside');
    expect(bare(content([0, 0, 0, 0, 0, 0, 1]))).toContain('the bytes end inside');
    expect(bare(content([0, 0, 0, 0, 0, 0, 1, 1, 1]))).toContain('bytes follow');
    expect(bare(content([0, 0xff, 0xff]))).toContain('the bytes end inside the members');
  });
});

describe('absences', () => {
  test('must be claimed, once, and of an item that is absent', () => {
    const [claim] = absent.absences;
    expect(changed(absent, { absences: [] })).toContain('item 1 is absent, which is not what');
    expect(changed(absent, { absences: [claim!, claim!] })).toContain('twice');
    expect(changed(absent, { absences: [claim!, { ...claim!, item: 0 }] })).toContain('item 0 is present');
    expect(changed(absent, { absences: [claim!, { ...claim!, item: 77 }] })).toContain('names no item');
  });
  test('of another key, partition or table are refused', () => {
    const [claim] = absent.absences;
    const other = (change: object) => changed(absent, { absences: [{ ...claim!, ...change }] });
    const elsewhere = 'not that of the key';
    expect(other({ sort: Buffer.from('gonf') })).toContain(elsewhere);
    expect(other({ partition: Buffer.from('pgone'), sort: Buffer.alloc(0) })).toContain(elsewhere);
    expect(other({ partition: Buffer.alloc(65_536) })).toContain('too long');
    expect(other({ table: 'test.notes' })).toContain('is not disclosed');
  });
  test('that no hyperedge stands in the slot of a record says nothing about the record', () => {
    const items = itemsOf(absent);
    // The record is there; only of the other kind nothing is.
    const here = items[0]!;
    const hidden: PlainItem = { domain: here.domain, slot: here.slot, kind: 'hyperedge', state: 'absent' };
    const proof = give([hidden, items[2]!]);
    const claim = { item: 0, table: 'test.plain', partition: Buffer.from('p'), sort: Buffer.from('here') };
    const lie = { ...absent, secrets: [undefined, undefined], absences: [claim], proof };
    expect(refusal(lie)).toContain('not that of a record');
  });
  test('need the configuration of their domain, once, and open', () => {
    const [here, gone, config] = itemsOf(absent) as [
      PlainItem,
      PlainItem,
      PlainItem & { content: Uint8Array },
    ];
    const [secret] = absent.secrets;
    expect(changed(absent, { proof: give([here, gone]), secrets: [secret, undefined] })).toContain(
      'the configuration of the domain is not proven',
    );
    const more = { secrets: [secret, undefined, undefined, undefined] };
    expect(changed(absent, { proof: give([here, gone, config, config]), ...more })).toContain('twice');
    const foreign = { ...config, domain: new Uint8Array(32) };
    expect(changed(absent, { proof: give([here, gone, config, foreign]), ...more })).toContain('not needed');
    const closed = { ...config, content: Uint8Array.of(0) };
    expect(changed(absent, { proof: give([here, gone, closed]) })).toContain('the domain is closed');
    const damaged = {
      ...config,
      content: config.content.map((byte, at, all) => (at === all.length - 1 ? byte ^ 1 : byte)),
    };
    expect(changed(absent, { proof: give([here, gone, damaged]) })).not.toBe('accepted');
  });
});

describe('address keys', () => {
  test('twice, missing, or not needed are refused before anything is computed', () => {
    const [address] = absent.addresses;
    expect(changed(absent, { addresses: [address!, address!] })).toContain('twice');
    expect(changed(absent, { addresses: [] })).toContain('is not disclosed');
    expect(changed(absent, { addresses: [address!, { ...address!, table: 'test.notes' }] })).toContain(
      'not needed',
    );
    expect(changed(present, { addresses: [address!] })).toContain(
      'configuration of the domain is not proven',
    );
    expect(changed(blob, { addresses: [address!, ...blob.addresses] })).toContain('not needed');
    expect(changed(blob, { addresses: [] })).toContain('is not disclosed');
  });
  test('of another domain are refused', async () => {
    const { tables } = proving;
    const other = tables.prepareDomain();
    await tables.transact([{ domain: other, kind: 'create-domain' }]);
    const foreign = await proving.document([
      { kind: 'record', domain: other, table: plain, key: key('gone', 'p') },
    ]);
    const disclosure = foreign.addresses[0]!.disclosure;
    expect(changed(absent, { addresses: [{ ...absent.addresses[0]!, disclosure }] })).toContain('committed');
  });
  test('a record that stands in the slot of another key is refused where its address is known', () => {
    const [here, gone, config] = itemsOf(absent) as [PlainItem & { slot: Uint8Array }, PlainItem, PlainItem];
    const { keys, address } = proving.domain as GatewayDomain;
    const content = {
      table: plain.name,
      key: key('here', 'p'),
      indexed: true,
      hasSecondaries: false,
      rowVersion: 1,
      projection: undefined,
      secondary: [],
      row: Buffer.from('a second row'),
    };
    const forge = (slot: Uint8Array) => {
      const atom = { domain: address, slot, incarnation: new Uint8Array(8) };
      const payload = sealRecord(keys.current, Purpose.record, atom, encodeRecord(content), random);
      const secret = discloseRecordKey(keys.contentKeys, Purpose.record, atom, payload);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(payload.length);
      const item: PlainItem = {
        ...atom,
        kind: 'vertex',
        state: 'present',
        revision: 1,
        content: Buffer.concat([Buffer.of(0, 0, 0), length, payload]),
      };
      return { item, secret };
    };
    const right = forge(here.slot);
    const wrong = forge(Uint8Array.from(here.slot, (byte) => byte ^ 1));
    const beside = (one: typeof right): ProofDocument => ({
      ...absent,
      secrets: [one.secret, undefined, undefined],
      proof: give([one.item, gone, config]),
    });
    expect(refusal(beside(right))).toBe('accepted');
    expect(refusal(beside(wrong))).toContain('does not stand in the slot of its key');
  });
});
