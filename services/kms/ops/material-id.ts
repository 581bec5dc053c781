/**
 * `KeyMaterialId` of imported material: equal for equal material of one key, so that a second import is known to be of the same. It
 * stands in answers and at custodians, and low-entropy material could be guessed from a plain hash; so it is a code under a secret of
 * the gateway's, made with the first import and kept as a sealed row.
 */
import { createHmac } from 'node:crypto';
import { ConditionFailed, type RecordKey, type TableDefinition } from '@hypergate/table';
import type { CheckedMaterial } from '../engine/crypto/import-material.ts';
import type { KeyRecord } from '../engine/key-record.ts';
import { rsaBits } from '../engine/specs.ts';
import { RowWriter, readAll } from '../model/fields.ts';
import type { KmsContext } from '../store/context.ts';

const secretBytes = 32;
const label = 'hypergate/kms/imported-material/v1';

/** 32 bytes. */
export const importSecretTable: TableDefinition<Uint8Array> = {
  name: 'kms.import-secret',
  description: 'Secret under which imported key material is given its id',
  formats: [
    {
      version: 1,
      encode: (row) => new RowWriter().bytes(row).done(),
      decode: (bytes) => readAll(bytes, (from) => from.bytes(secretBytes, 'the secret')),
    },
  ],
};

const secretKey: RecordKey = { partition: Buffer.alloc(0), sort: Buffer.alloc(0) };

/**
 * @param material in its scheme's encoding, which the same key has only one of; PKCS #8 has many, so RSA goes by its public key
 * @returns 32 bytes in hexadecimal
 */
export async function importedMaterialId(
  context: Pick<KmsContext, 'tables' | 'domain' | 'random'>,
  { keyId, spec }: Pick<KeyRecord, 'keyId' | 'spec'>,
  { publicKey }: CheckedMaterial,
  material: Uint8Array,
): Promise<string> {
  const same = rsaBits(spec) === undefined ? material : publicKey;
  if (same === undefined) throw new Error('checked RSA material has a public key');
  const secret = await readSecret(context);
  const id = createHmac('sha256', secret).update(`${label}/${spec}/${keyId}/`).update(same).digest('hex');
  secret.fill(0);
  return id;
}

async function readSecret({
  tables,
  domain,
  random,
}: Pick<KmsContext, 'tables' | 'domain' | 'random'>): Promise<Uint8Array> {
  const known = await domain.get(importSecretTable, secretKey);
  if (known !== undefined) return known.row;
  const row = random.bytes(secretBytes);
  try {
    await tables.transact([
      { kind: 'put', domain, table: importSecretTable, key: secretKey, row, condition: 'absent' },
    ]);
    return row;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // Another first import was faster.
    const made = await domain.get(importSecretTable, secretKey);
    if (made === undefined) throw error;
    return made.row;
  }
}
