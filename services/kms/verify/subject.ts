/**
 * What a proof of this service is about, as a text: `kms://key/KEYID`, `kms://ACCOUNT/alias/NAME` or `kms://audit/REQUESTID`. Key ids
 * and request ids belong to one gateway, aliases to one account of it. Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';

export type KmsSubject =
  | { readonly kind: 'key'; readonly keyId: string }
  /** `name` without `alias/`. */
  | { readonly kind: 'alias'; readonly account: string; readonly name: string }
  /** Of the answer: its `x-amzn-requestid`. */
  | { readonly kind: 'audit'; readonly requestId: string };

const keyId = '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})';
const alias = '(\\d{12})\\/alias\\/([a-zA-Z0-9/_-]{1,250})';
const requestId = '([a-zA-Z0-9][a-zA-Z0-9/_.-]{0,127})';
const form = new RegExp(`^kms:\\/\\/(?:key\\/${keyId}|${alias}|audit\\/${requestId})$`);

export const subjectForms = 'kms://key/KEYID, kms://ACCOUNT/alias/NAME or kms://audit/REQUESTID';

export function subjectText(subject: KmsSubject): string {
  switch (subject.kind) {
    case 'key':
      return `kms://key/${subject.keyId}`;
    case 'alias':
      return `kms://${subject.account}/alias/${subject.name}`;
    case 'audit':
      return `kms://audit/${subject.requestId}`;
  }
}

/** @throws ProofRefused unless it is exactly what `subjectText` makes */
export function parseSubject(text: string): KmsSubject {
  const found = form.exec(text);
  if (found === null) throw new ProofRefused(`the subject is not of the form ${subjectForms}`);
  const [, key, account, name, request] = found;
  if (key !== undefined) return { kind: 'key', keyId: key };
  if (account !== undefined && name !== undefined) return { kind: 'alias', account, name };
  return { kind: 'audit', requestId: request! };
}
