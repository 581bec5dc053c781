/** Object ownership of a bucket (Amazon S3 User Guide, "Controlling ownership of objects"). Kept and shown; ACLs stay off. */
import { invalidArgument, s3Error } from '../errors.ts';

/** Place in the list + 1 is the stored number: only ever append. */
export const objectOwnerships = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const;

export type ObjectOwnership = (typeof objectOwnerships)[number];

/** What a bucket has that nobody configured. */
export const defaultOwnership: ObjectOwnership = 'BucketOwnerEnforced';

/** Of `x-amz-object-ownership`. @throws InvalidArgument */
export function ownershipHeader(header: string): ObjectOwnership {
  const found = objectOwnerships.find((name) => name === header);
  if (found !== undefined) return found;
  throw invalidArgument('Invalid x-amz-object-ownership header', 'x-amz-object-ownership', header);
}

/** Of the document, which has exactly one rule. @throws MalformedXML */
export function ownershipRule(
  rules: readonly { readonly ObjectOwnership?: string }[] | undefined,
): ObjectOwnership {
  const found = objectOwnerships.find((name) => name === rules?.[0]?.ObjectOwnership);
  if (rules?.length !== 1 || found === undefined) throw s3Error('MalformedXML');
  return found;
}
