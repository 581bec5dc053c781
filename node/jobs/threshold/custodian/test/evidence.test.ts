import { openTables, type TableDefinition } from '@hypergate/table';
import { readRecord } from '@hypergate/table/verify';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallEvidence, mainLog, type RecordEvidence } from '../../../../api/index.ts';
import { ed25519SigningKey } from '../../../../crypto/ed25519.ts';
import { Purpose } from '../../../../crypto/format/v1.ts';
import { createKeystore } from '../../../../crypto/keystore.ts';
import { createPooledRandom } from '../../../../crypto/random.ts';
import { MemoryState, memoryModules, openMemoryNode } from '../../../../embedded/index.ts';
import { encodeBatchBody, encodeTransaction } from '../../../../hypergraph/index.ts';
import { ThresholdAbort } from '../../errors.ts';
import { EvidenceVerifier } from '../evidence.ts';
import { evidenceLimits } from '../evidence-limits.ts';
import {
  certify,
  domain,
  evidenceOf,
  nodeKey,
  sealed,
  transactionWith,
  writerKey,
} from './support/certified.ts';

const call = Buffer.from('the call as it was signed');
const options = {
  log: mainLog,
  nodeKeys: [nodeKey.publicKey],
  signersMin: 1,
  domains: [domain],
  writerKeys: [writerKey.publicKey],
};
const verifier = new EvidenceVerifier(options);

function refusal(evidence: CallEvidence, by = verifier): string {
  try {
    by.verify(evidence);
  } catch (error) {
    expect(error).toBeInstanceOf(ThresholdAbort);
    expect((error as ThresholdAbort).reason).toBe('refused');
    expect((error as ThresholdAbort).custodian).toBeUndefined();
    return (error as ThresholdAbort).message;
  }
  return 'taken';
}

const refused = (record: RecordEvidence, by = verifier) => refusal({ record, call }, by);

describe('evidence of a call', () => {
  it('comes to the record, where it stands, and a number that no other record has', () => {
    const record = sealed('version and row');
    const audited = verifier.verify({ record: evidenceOf(record), call });
    expect(audited.revision).toBe(5 * 4096 + 1);
    expect(Buffer.from(audited.domain).equals(domain)).toBe(true);
    expect(Buffer.from(audited.slot)).toEqual(Buffer.from(record.operation.slot));
    expect(Buffer.from(audited.record).toString()).toBe('version and row');
    expect(audited.call).toBe(call);
  });

  it('is what a table gives with a put, through a node', async () => {
    const keystore = createKeystore(Buffer.alloc(32, 0x31));
    const writer = ed25519SigningKey(keystore.writerSeed());
    const { node } = await openMemoryNode({ writerKey: writer });
    const random = createPooledRandom();
    const indexStore = memoryModules(new MemoryState()).kv;
    const modules = { node, indexStore, keys: keystore, writerKey: writer.publicKey, random };
    const tables = await openTables({}, modules);
    const audit: TableDefinition<string> = {
      name: 'test.audit',
      description: 'calls',
      formats: [
        { version: 3, encode: (row) => Buffer.from(row), decode: (row) => Buffer.from(row).toString() },
      ],
      index: () => Buffer.from('shown in scans'),
    };
    const key = { partition: Buffer.from('p'), sort: Buffer.from('s') };
    const own = await tables.ensureDomain(domain);
    const applied = await tables.transact(
      [
        {
          kind: 'check',
          domain: own,
          table: audit,
          key: { ...key, sort: Buffer.from('t') },
          condition: 'absent',
        },
        { kind: 'put', domain: own, table: audit, key, row: 'called', condition: 'absent' },
      ],
      { evidence: 1 },
    );
    const by = new EvidenceVerifier({ ...options, writerKeys: [writer.publicKey] });
    const audited = by.verify({ record: applied.evidence!, call });
    expect(audited.revision).toBe(applied.revision);
    const { table, rowVersion, row, sort } = readRecord(audited.record);
    expect([table, rowVersion, Buffer.from(row).toString(), Buffer.from(sort).toString()]).toEqual([
      'test.audit',
      3,
      'called',
      's',
    ]);
    await tables.close();
    await node.close();
  });
});

/** Every byte string of the evidence, by name, each with a way to put another in its place. */
function byteFields(evidence: RecordEvidence): [string, Uint8Array, (bytes: Uint8Array) => RecordEvidence][] {
  const { certificate, batch } = evidence;
  const signer = certificate.signers[0]!;
  const withSigner = (one: Partial<typeof signer>) => ({
    ...evidence,
    certificate: { ...certificate, signers: [{ ...signer, ...one }] },
  });
  return [
    ['log', certificate.log, (log) => ({ ...evidence, certificate: { ...certificate, log } })],
    [
      'previous hash',
      certificate.previousHash,
      (previousHash) => ({ ...evidence, certificate: { ...certificate, previousHash } }),
    ],
    [
      'batch hash',
      certificate.batchHash,
      (batchHash) => ({ ...evidence, certificate: { ...certificate, batchHash } }),
    ],
    ['node key', signer.key, (key) => withSigner({ key })],
    ['node signature', signer.signature, (signature) => withSigner({ signature })],
    ['writer', batch.writer, (writer) => ({ ...evidence, batch: { ...batch, writer } })],
    ['body', batch.body, (body) => ({ ...evidence, batch: { ...batch, body } })],
    ['writer signature', batch.signature, (signature) => ({ ...evidence, batch: { ...batch, signature } })],
    ['secret', evidence.secret, (secret) => ({ ...evidence, secret })],
  ];
}

describe('changed evidence', () => {
  const evidence = evidenceOf(sealed('the row'));

  it.each(byteFields(evidence).map(([name]) => name))('is refused for any other bit of its %s', (name) => {
    const [, bytes, put] = byteFields(evidence).find(([field]) => field === name)!;
    const flip = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) });
    fc.assert(
      fc.property(flip, ({ at, bit }) => {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= 1 << bit;
        expect(refused(put(changed))).not.toBe('taken');
      }),
      { numRuns: 60 },
    );
    for (const length of [0, bytes.length - 1]) {
      expect(refused(put(bytes.subarray(0, length)))).not.toBe('taken');
    }
    expect(refused(put(Buffer.concat([bytes, Buffer.of(0)])))).not.toBe('taken');
  });

  it('is refused for other numbers', () => {
    const { certificate } = evidence;
    for (const position of [0, 4, 6, -1, 0.5, Number.NaN, 2 ** 53, 2 ** 50]) {
      expect(refused({ ...evidence, certificate: { ...certificate, position } })).not.toBe('taken');
      expect(refused({ ...evidence, certificate: { ...certificate, rank: position } })).not.toBe('taken');
    }
    for (const number of [0, 2, -1, 0.5, Number.NaN, 70_000]) {
      expect(refused({ ...evidence, transaction: number })).not.toBe('taken');
      expect(refused({ ...evidence, operation: number })).not.toBe('taken');
    }
  });

  it('is refused with parts of other evidence', () => {
    const other = evidenceOf(sealed('another row'), { position: 6 });
    expect(refused(other)).toBe('taken');
    for (const part of ['certificate', 'batch', 'secret'] as const) {
      expect(refused({ ...evidence, [part]: other[part] })).not.toBe('taken');
    }
  });
});

describe('well signed evidence', () => {
  const other = ed25519SigningKey(Buffer.alloc(32, 3));

  it.each([
    ['of a node that is not known', { node: other }, 'unknown node'],
    ['of a writer that is not known', { writer: other }, 'unknown writer'],
    ['of another log', { log: Buffer.alloc(32, 1) }, 'another log'],
    ['signed by nobody', { signers: [] }, 'too few nodes'],
    ['signed twice', { signers: [nodeKey, nodeKey] }, 'twice'],
    ['signed by a stranger as well', { signers: [nodeKey, other] }, 'unknown node'],
    ['that was ordered too late', { extra: { validUntil: 4 } }, 'window'],
    ['that was ordered too early', { extra: { validFrom: 6, validUntil: 9 } }, 'window'],
    ['with a window that no node takes', { extra: { validFrom: 5, validUntil: 50_000 } }, 'window'],
    ['at no position', { position: 0 }, 'position'],
  ])('%s is refused', (_what, changes, reason) => {
    expect(refused(evidenceOf(sealed('x'), changes))).toContain(reason);
  });

  it('needs as many of the nodes as were asked for', () => {
    const nodeKeys = [nodeKey.publicKey, other.publicKey];
    const both = new EvidenceVerifier({ ...options, nodeKeys, signersMin: 2 });
    expect(refused(evidenceOf(sealed('x')), both)).toContain('too few');
    expect(refused(evidenceOf(sealed('x'), { signers: [other, nodeKey] }), both)).toBe('taken');
    for (const signersMin of [0, 3, 1.5]) {
      expect(() => new EvidenceVerifier({ ...options, nodeKeys, signersMin })).toThrow(RangeError);
    }
  });

  it('is taken of any writer when none are named', () => {
    const any = new EvidenceVerifier({
      log: mainLog,
      nodeKeys: [nodeKey.publicKey],
      signersMin: 1,
      domains: [domain],
    });
    expect(refused(evidenceOf(sealed('x'), { writer: other }), any)).toBe('taken');
  });

  it('of a record elsewhere, or of something else than a record, is refused', () => {
    expect(refused(evidenceOf(sealed('x', Buffer.alloc(32, 8))))).toContain('another domain');
    expect(refused(evidenceOf(sealed('x', domain, Purpose.chunkKey)))).toContain('format');
    const { operation, secret } = sealed('x');
    const { slot, incarnation } = operation;
    const removal = { kind: 'remove-vertex', domain, slot, incarnation, note: operation.payload } as const;
    const edge = { kind: 'add-hyperedge', domain, slot, incarnation, payload: operation.payload } as const;
    for (const one of [removal, { ...edge, members: [] }]) {
      const evidence = { ...certify([transactionWith([one])]), transaction: 0, operation: 0, secret };
      expect(refused(evidence)).toContain('adds no record');
    }
  });

  it('of a record that its own transaction takes back is refused', () => {
    const record = sealed('x');
    const { slot, incarnation } = record.operation;
    const removal = { kind: 'remove-vertex', domain, slot, incarnation, note: Buffer.alloc(0) } as const;
    for (const also of [removal, { ...record.operation, payload: Buffer.from('other') }]) {
      expect(refused(evidenceOf(record, { also: [also] }))).toContain('twice');
    }
  });

  it('of a transaction whose id came before in its batch is refused', () => {
    const { operation, secret } = sealed('x');
    const first = transactionWith([sealed('y').operation]);
    const again = transactionWith([operation], { id: first.id });
    const evidence = { ...certify([first, again]), transaction: 1, operation: 0, secret };
    expect(refused(evidence)).toContain('repeats');
  });

  it('of a batch whose bytes are none is refused, and never more is read than there is', () => {
    const { operation, secret } = sealed('x');
    const body = encodeBatchBody([encodeTransaction(transactionWith([operation]))]);
    const place = { transaction: 0, operation: 0, secret };
    expect(refused({ ...certify([], { body }), ...place })).toBe('taken');
    const change = fc.record({ at: fc.nat(40), value: fc.nat(255), cut: fc.nat(body.length) });
    fc.assert(
      fc.property(change, ({ at, value, cut }) => {
        const changed = Buffer.from(body.subarray(0, cut % 2 === 0 ? body.length : cut));
        if (at < changed.length) changed[at] = value;
        const outcome = refused({ ...certify([], { body: changed }), ...place });
        // The id (8 to 23) and the window (24 to 39) may be others.
        if (outcome === 'taken') expect(changed.equals(body) || (at >= 8 && at < 40)).toBe(true);
      }),
      { numRuns: 200 },
    );
    const large = Buffer.alloc(evidenceLimits.batchBodyBytesMax + 1);
    expect(refused({ ...certify([], { body: large }), ...place })).toContain('too large');
  });

  it('with a call beyond its limit is refused', () => {
    const record = evidenceOf(sealed('x'));
    expect(refusal({ record, call: Buffer.alloc(evidenceLimits.callBytesMax) })).toBe('taken');
    expect(refusal({ record, call: Buffer.alloc(evidenceLimits.callBytesMax + 1) })).toContain('too large');
  });
});
