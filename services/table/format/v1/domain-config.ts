/** The payload of a domain's configuration: node/crypto/format/domain-payload-v1.ts, which verifiers read too. */
import type { Bytes } from '@hypergate/node/api';
import { DecryptionError } from '@hypergate/node/crypto';
import { type DomainPayload, decodeDomainPayload as decode } from '@hypergate/node/crypto/disclosure';

export { type DomainPayload, encodeDomainPayload } from '@hypergate/node/crypto/disclosure';

/** @throws DecryptionError `format` */
export function decodeDomainPayload(payload: Bytes): DomainPayload {
  const decoded = decode(payload);
  if (decoded === undefined) throw new DecryptionError('format');
  return decoded;
}
