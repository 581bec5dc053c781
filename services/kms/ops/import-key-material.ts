/**
 * ImportKeyMaterial: key material in the owner's wrapping becomes shares.
 *
 * The moment it is whole. Its owner made it whole and may keep it; here it is whole from `unwrapMaterial` until custody has shared it, in
 * this process and nowhere else: it is not written down, does not stand in the audit record, and no custodian sees more than its
 * share. Buffers that hold it are overwritten, also when the call fails. What cannot be overwritten are the texts and integers
 * that scalars and primes pass through (JWK, BigInt), until they are collected; OpenSSL clears its own copies. Whoever reads this process's memory in that moment has the
 * key; DescribeKey of other keys does not have to fear it. The wrapping key, with which a recorded request could be opened later, is
 * kept for the life of its token (store/imports.ts).
 *
 * Order: leave and state, token, unwrapping, form, and only then the control call, which asks for leave and state once more.
 */
import { createPrivateKey } from 'node:crypto';
import { admit } from '../engine/admit.ts';
import { checkMaterial } from '../engine/crypto/import-material.ts';
import { unwrapMaterial } from '../engine/crypto/import-wrapping.ts';
import { bytesOf, required } from '../engine/input.ts';
import type { KeyRecord } from '../engine/key-record.ts';
import { rsaBits } from '../engine/specs.ts';
import { checkImportable } from '../engine/states.ts';
import type { KmsCall } from '../store/call.ts';
import type { KmsContext } from '../store/context.ts';
import { control, newHandle } from '../store/control-call.ts';
import { findImport } from '../store/imports.ts';
import { importedMaterialId } from './material-id.ts';
import { operation } from './row.ts';
import { checkRsaMaterial } from './rsa-material.ts';
import { schemeMaterial } from './scheme-material.ts';

export const importKeyMaterial = operation('ImportKeyMaterial', async (context, call) => {
  const { key } = await admit(context.view, call);
  call.keyIds.add(key.keyId);
  checkImportable(key);
  const unwrapped = await unwrap(context, call, key);
  const held: Uint8Array[] = [unwrapped];
  try {
    const checked = checkMaterial(key.spec, unwrapped);
    if (checked.scalar !== undefined) held.push(checked.scalar);
    if (rsaBits(key.spec) !== undefined) await checkRsaMaterial(unwrapped);
    const material = schemeMaterial(key.spec, checked);
    held.push(material);
    const materialId = await importedMaterialId(context, key, checked, material);
    return await control(context, call, { materialId, handle: newHandle(context) }, { material });
  } finally {
    for (const bytes of held) bytes.fill(0);
  }
});

async function unwrap(
  context: KmsContext,
  { input, timeMs }: KmsCall,
  { keyId }: KeyRecord,
): Promise<Buffer> {
  const token = required(bytesOf(input, 'ImportToken'), 'ImportToken');
  const wrapped = required(bytesOf(input, 'EncryptedKeyMaterial'), 'EncryptedKeyMaterial');
  const { privateKey, wrappingAlgorithm } = await findImport(context, keyId, token, timeMs);
  const der = Buffer.from(privateKey);
  privateKey.fill(0);
  try {
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return unwrapMaterial(key, wrappingAlgorithm, wrapped);
  } finally {
    der.fill(0);
  }
}
