/** The schemes of keys, one row each. */
import type { KeyScheme, KeyTask } from '../../api/index.ts';
import { perform as agree } from './agreement/index.ts';
import { createFieldKey, importFieldKey } from './dkg/index.ts';
import { perform as evaluate } from './dprf/index.ts';
import { perform as signEcdsa } from './ecdsa/index.ts';
import { perform as signEd25519 } from './frost/index.ts';
import { macRows } from './mac/index.ts';
import { recoverFieldKey, refreshFieldKey } from './reshare/index.ts';
import {
  createRsaKey,
  importRsaKey,
  performRsa,
  recoverRsaShares,
  refreshRsaKey,
  rsaPublicKeyOf,
} from './rsa/index.ts';
import type { SchemeRow } from './scheme.ts';
import { fieldKeyOf } from './sharing/field-key.ts';

export { learnCommon } from './dkg/index.ts';

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
    create: createFieldKey,
    import: importFieldKey,
    perform,
    refresh: refreshFieldKey,
    recover: recoverFieldKey,
    publicKey,
  };
}

function rsaRow(scheme: KeyScheme): SchemeRow {
  return {
    scheme,
    use: 'power',
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
  fieldRow('frost-ed25519', 'sign', signEd25519),
  fieldRow('ecdsa-secp256k1', 'sign', signEcdsa),
  fieldRow('ecdsa-p256', 'sign', signEcdsa),
  fieldRow('ecdsa-p384', 'sign', signEcdsa),
  fieldRow('ecdsa-p521', 'sign', signEcdsa),
  fieldRow('ecdh-p256', 'agree', agree),
  fieldRow('ecdh-p384', 'agree', agree),
  fieldRow('ecdh-p521', 'agree', agree),
  rsaRow('rsa-2048'),
  rsaRow('rsa-3072'),
  rsaRow('rsa-4096'),
  ...macRows,
];
