/** The `x-amz-copy-source` header: `/bucket/key` or `bucket/key`, percent-encoded, with an optional `?versionId=`. */
import { invalidArgument } from '../errors.ts';

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** @throws InvalidArgument */
export function parseCopySource(header: string): CopySource {
  const [path, versionId] = splitVersion(header);
  const decoded = percentDecode(path, header);
  const text = decoded.startsWith('/') ? decoded.slice(1) : decoded;
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1) {
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      header,
    );
  }
  return { bucket: text.slice(0, slash), key: text.slice(slash + 1), versionId };
}

/** A question mark that is not encoded divides the key from the version. */
function splitVersion(header: string): readonly [string, string | undefined] {
  const mark = header.lastIndexOf('?versionId=');
  if (mark < 0) return [header, undefined];
  return [header.slice(0, mark), header.slice(mark + '?versionId='.length)];
}

function percentDecode(text: string, header: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw invalidArgument('The copy source is not percent-encoded UTF-8', 'x-amz-copy-source', header);
  }
}
