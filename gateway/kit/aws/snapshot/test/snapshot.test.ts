import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSnapshot, renderSnapshot, snapshotPath } from '../generate.ts';

describe('schema snapshots', () => {
  for (const service of [
    'cloudwatch-logs',
    'kms',
    'lambda',
    'rds',
    'rds-data',
    's3',
    'scheduler',
    'sqs',
    'sts',
  ]) {
    it(`${service}: the committed file is what the installed SDK package gives`, () => {
      const rendered = renderSnapshot(readSnapshot(service));
      expect(readFileSync(snapshotPath(service), 'utf8') === rendered, `run generate.ts ${service}`).toBe(
        true,
      );
    });
  }

  it('keeps required members, labels that the SDK moved to the host, and declared errors', () => {
    const s3 = readSnapshot('s3');
    expect(s3.operations.GetObject).toMatchObject({ uri: '/{Bucket}/{Key+}?x-id=GetObject', status: 200 });
    expect(s3.operations.GetObject?.errors).toEqual(['InvalidObjectState', 'NoSuchKey']);
    expect(s3.shapes.Tag).toEqual({
      type: 'structure',
      members: { Key: { shape: 'string', required: true }, Value: { shape: 'string', required: true } },
    });
    expect(s3.shapes.NoSuchKey).toMatchObject({ error: { code: 'NoSuchKey', status: 404 } });
  });
});
