/** The schemes of keys, one row each. */
import type { KeyScheme, KeyTask } from '../../api/index.ts';
import { perform as agree } from './agreement/index.ts';
import { createFieldKey, importFieldKey } from './dkg/index.ts';
import { perform as evaluate } from './dprf/index.ts';
import { poolOf, perform as signEcdsa } from './ecdsa/index.ts';
import { prepare, prepared, renewNonces, perform as signEd25519 } from './frost/index.ts';
import { macRows } from './mac/index.ts';
import type { Custodians } from './party.ts';
import { repairPrss } from './prss/index.ts';
import { recoverFieldKey, refreshFieldKey } from './reshare/index.ts';
import {
  createRsaKey,
  importRsaKey,
  performRsa,
  recoverRsaShares,
  refreshRsaKey,
  rsaPublicKeyOf,
} from './rsa/index.ts';
import { type SchemeRow, sharesOfOne, sharesOfProduct } from './scheme.ts';
import { fieldKeyOf } from './sharing/field-key.ts';

export { learnCommon } from './dkg/index.ts';
export { repairPrss as repairShared } from './prss/index.ts';

const none = new Uint8Array(0);

/** Scalars of a group. */
function fieldRow(
  scheme: KeyScheme,
  use: KeyTask['kind'],
  perform: SchemeRow['perform'],
  publicKey: SchemeRow['publicKey'] = (key) => fieldKeyOf(key).publicKey,
): SchemeRow {
  return {
    scheme,
    use,
    needs: sharesOfOne,
    create: createFieldKey,
    import: importFieldKey,
    perform,
    refresh: refreshFieldKey,
    recover: recoverFieldKey,
    publicKey,
  };
}

/** Presignatures are made ahead. */
function ecdsaRow(scheme: KeyScheme): SchemeRow {
  return {
    ...fieldRow(scheme, 'sign', signEcdsa),
    needs: sharesOfProduct,
    prepare: (custodians) => poolOf(custodians).prepare(scheme),
    prepared: (custodians) => poolOf(custodians).size(scheme),
  };
}

/**
 * What custodians share beside keys is made anew, and what was made with it forgotten: keys of pseudo-random sharing with presignatures, nonces.
 * @throws ThresholdAbort
 */
export async function renewShared(custodians: Custodians): Promise<void> {
  await renewNonces(custodians);
  // Who has none needs none yet.
  if ((await repairPrss(custodians)) !== undefined) await poolOf(custodians).renew();
}

function rsaRow(scheme: KeyScheme): SchemeRow {
  return {
    scheme,
    use: 'power',
    needs: sharesOfOne,
    create: createRsaKey,
    import: importRsaKey,
    perform: performRsa,
    refresh: refreshRsaKey,
    recover: recoverRsaShares,
    publicKey: rsaPublicKeyOf,
  };
}

export const schemeRows: readonly SchemeRow[] = [
  // What its group has as a public key is no use to callers: the key is secret.
  fieldRow('dprf-ristretto255', 'evaluate', evaluate, () => none),
  { ...fieldRow('frost-ed25519', 'sign', signEd25519), prepare, prepared },
  ecdsaRow('ecdsa-secp256k1'),
  ecdsaRow('ecdsa-p256'),
  ecdsaRow('ecdsa-p384'),
  ecdsaRow('ecdsa-p521'),
  fieldRow('ecdh-p256', 'agree', agree),
  fieldRow('ecdh-p384', 'agree', agree),
  fieldRow('ecdh-p521', 'agree', agree),
  rsaRow('rsa-2048'),
  rsaRow('rsa-3072'),
  rsaRow('rsa-4096'),
  ...macRows,
];
