/** Buckets are `BucketOwnerEnforced`: ACLs are off, and only those that say what holds anyway are accepted on a write. */
import { s3Error } from '../errors.ts';

export interface AclHeaders {
  readonly ACL?: string;
  readonly GrantFullControl?: string;
  readonly GrantRead?: string;
  readonly GrantReadACP?: string;
  readonly GrantWrite?: string;
  readonly GrantWriteACP?: string;
}

/** @throws AccessControlListNotSupported */
export function checkAcl(headers: AclHeaders): void {
  const { ACL } = headers;
  const accepted = ACL === undefined || ACL === 'private' || ACL === 'bucket-owner-full-control';
  const granted =
    headers.GrantFullControl ??
    headers.GrantRead ??
    headers.GrantReadACP ??
    headers.GrantWrite ??
    headers.GrantWriteACP;
  if (!accepted || granted !== undefined) throw s3Error('AccessControlListNotSupported');
}
