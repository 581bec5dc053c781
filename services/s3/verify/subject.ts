/**
 * What an S3 proof is about, as a text: `s3://bucket/key` or `s3://bucket/key?versionId=id`. In the key `%`, `?` and control
 * characters are written as `%XX`, so that there is one text for each object. Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';

export interface S3Subject {
  readonly bucket: string;
  readonly key: string;
  /** undefined: the current version. */
  readonly versionId: string | undefined;
}

export function subjectText({ bucket, key, versionId }: S3Subject): string {
  const escaped = key.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is escaped
    /[%?\x00-\x1f\x7f]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `s3://${bucket}/${escaped}${versionId === undefined ? '' : `?versionId=${versionId}`}`;
}

/** @throws ProofRefused unless it is exactly what `subjectText` makes */
export function parseSubject(text: string): S3Subject {
  // Half a surrogate pair and the replacement character are the same bytes.
  if (!text.isWellFormed()) throw new ProofRefused('the subject is no well-formed text');
  const found = /^s3:\/\/([^/?]+)\/([^?]+)(?:\?versionId=([\w-]+))?$/.exec(text);
  if (found === null) throw new ProofRefused('the subject is not of the form s3://bucket/key');
  const [, bucket, escaped, versionId] = found as unknown as [string, string, string, string | undefined];
  const key = escaped.replace(/%([0-9A-F]{2})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  const subject = { bucket, key, versionId };
  if (subjectText(subject) !== text) throw new ProofRefused('the subject is not in its canonical form');
  return subject;
}
