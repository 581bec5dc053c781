/** S3 allows 20 KB for a bucket policy, KMS 32 KB for a key policy, IAM less: the largest of them. */
export const policyBytesMax = 32 * 1024;
export const policyStatementsMax = 500;
/** Values of one element (actions, resources, principals, condition values). */
export const policyValuesMax = 2_000;
/** Characters of one pattern; an S3 ARN is at most 1,024 bytes of key and 63 of bucket. */
export const policyPatternLengthMax = 2_048;
/** Parsed documents kept by their text. */
export const policyCacheMax = 256;
