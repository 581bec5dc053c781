/** Evidence of a record, checked with what the verifiers have: formats of the log and the opener of disclosed records. */
import type { RecordEvidence } from '@hypergate/node/api';
import { openDisclosedRecord, Purpose } from '@hypergate/node/crypto/disclosure';
import { batchHash, decodeBatchBody, sha256 } from '@hypergate/node/hypergraph';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DomainWrite, type TableDomain, TableMisuse } from '../index.ts';
import { readRecord } from '../verify/record.ts';
import { type Harness, key, openHarness, plain, text } from './support/harness.ts';

let harness: Harness;
let domain: TableDomain;
beforeEach(async () => {
  harness = await openHarness();
  domain = harness.tables.prepareDomain();
});
afterEach(() => harness.close());

const put = (sort: string, row: string): DomainWrite => ({
  kind: 'put',
  domain,
  table: plain,
  key: key(sort),
  row,
});

function vertexOf({ batch, transaction, operation }: RecordEvidence) {
  const vertex = decodeBatchBody(batch.body)[transaction]?.operations[operation];
  if (vertex?.kind !== 'add-vertex') throw new Error('no vertex stands there');
  return vertex;
}

const opened = (evidence: RecordEvidence, vertex = vertexOf(evidence)) =>
  openDisclosedRecord(evidence.secret, Purpose.record, vertex, vertex.payload);

function recordOf(evidence: RecordEvidence) {
  const plaintext = opened(evidence);
  if (!plaintext.ok) throw new Error(plaintext.reason);
  return readRecord(plaintext.value);
}

describe('evidence of a record', () => {
  it('leads from the certificate to the row that was asked for, whatever else the transaction does', async () => {
    const writes: DomainWrite[] = [put('a', 'one'), put('b', 'two'), { kind: 'create-domain', domain }];
    const { evidence, certificate, position, revision } = await harness.tables.transact(writes, {
      evidence: 1,
    });
    if (evidence === undefined) throw new Error('no evidence');
    expect(evidence.certificate).toEqual(certificate);
    const { batch } = evidence;
    expect(batchHash(certificate.log, batch, sha256(batch.body))).toEqual(certificate.batchHash);
    expect(revision).toBe(position * 4096 + evidence.transaction);
    const record = recordOf(evidence);
    expect([record.table, text(record.sort), text(record.row)]).toEqual(['test.plain', 'b', 'two']);
  });

  it('finds its transaction among those that were ordered together', async () => {
    await harness.tables.transact([{ kind: 'create-domain', domain }]);
    const rows = Array.from({ length: 20 }, (_, index) => `row ${index}`);
    const all = await Promise.all(
      rows.map((row, index) => harness.tables.transact([put(`${index}`, row)], { evidence: 0 })),
    );
    expect(new Set(all.map(({ position }) => position)).size).toBeLessThan(rows.length);
    expect(all.map(({ evidence }) => text(recordOf(evidence!).row))).toEqual(rows);
  });

  it('opens this record and none before or after it in its slot, nor one beside it', async () => {
    await harness.tables.transact([{ kind: 'create-domain', domain }]);
    const all: RecordEvidence[] = [];
    for (const row of ['first', 'second', 'third']) {
      const { evidence } = await harness.tables.transact([put('a', row), put('b', row)], { evidence: 0 });
      all.push(evidence!);
    }
    for (const evidence of all) {
      for (const other of all) expect(opened(evidence, vertexOf(other)).ok).toBe(other === evidence);
      expect(opened(evidence, vertexOf({ ...evidence, operation: 1 })).ok).toBe(false);
    }
  });

  it('is not made unless asked for, and of nothing but a put', async () => {
    const applied = await harness.tables.transact([{ kind: 'create-domain', domain }, put('a', 'x')]);
    expect(applied.evidence).toBeUndefined();
    for (const evidence of [-1, 0, 2, 0.5]) {
      const writes: DomainWrite[] = [{ kind: 'remove', domain, table: plain, key: key('a') }, put('b', 'y')];
      await expect(harness.tables.transact(writes, { evidence })).rejects.toThrow(TableMisuse);
    }
    expect((await domain.get(plain, key('a')))?.row).toBe('x');
  });
});
