/** Answers of ListObjects, ListObjectsV2 and ListObjectVersions, written by hand: 13 times faster than by schema. */
import { isoDate } from './dates.ts';
import { urlEncode } from './url-encoding.ts';
import { element, escapeXml, optionalElement, s3Namespace, xmlHead } from './xml.ts';

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly modifiedMs: number;
  /** Without quotes. */
  readonly etag: string;
  readonly storageClass: string;
  readonly checksumAlgorithm: string | undefined;
  readonly checksumType: string | undefined;
  /** Shown when there is one. */
  readonly owner: ListedOwner | undefined;
}

export interface ListedOwner {
  readonly id: string;
  readonly displayName: string;
}

interface ListCommon {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly maxKeys: number;
  readonly urlEncoded: boolean;
  readonly truncated: boolean;
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
}

export interface ListObjectsAnswer extends ListCommon {
  readonly marker: string;
  /** Only with a delimiter. */
  readonly nextMarker: string | undefined;
}

export function encodeListObjects(answer: ListObjectsAnswer): string {
  const text = nameEncoder(answer.urlEncoded);
  let out = `${xmlHead}<ListBucketResult xmlns="${s3Namespace}">`;
  out +=
    element('Name', answer.bucket) +
    element('Prefix', text(answer.prefix)) +
    element('Marker', text(answer.marker));
  if (answer.nextMarker !== undefined) out += element('NextMarker', text(answer.nextMarker));
  out += tail(answer, text);
  return `${out}${contents(answer, text)}${prefixes(answer, text)}</ListBucketResult>`;
}

export interface ListObjectsV2Answer extends ListCommon {
  readonly continuationToken: string | undefined;
  readonly nextContinuationToken: string | undefined;
  readonly startAfter: string | undefined;
}

export function encodeListObjectsV2(answer: ListObjectsV2Answer): string {
  const text = nameEncoder(answer.urlEncoded);
  let out = `${xmlHead}<ListBucketResult xmlns="${s3Namespace}">`;
  out += element('Name', answer.bucket) + element('Prefix', text(answer.prefix));
  if (answer.startAfter !== undefined) out += element('StartAfter', text(answer.startAfter));
  out += optionalElement('ContinuationToken', answer.continuationToken);
  out += optionalElement('NextContinuationToken', answer.nextContinuationToken);
  out += element('KeyCount', String(answer.objects.length + answer.commonPrefixes.length));
  out += tail(answer, text);
  return `${out}${contents(answer, text)}${prefixes(answer, text)}</ListBucketResult>`;
}

export interface ListVersionsAnswer extends ListCommon {
  readonly keyMarker: string;
  readonly versionIdMarker: string;
  readonly nextKeyMarker: string | undefined;
  readonly nextVersionIdMarker: string | undefined;
  readonly objects: readonly ListedVersion[];
}

/** A version, or a delete marker, of which size, entity tag, class and checksum mean nothing. */
export interface ListedVersion extends ListedObject {
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly deleteMarker: boolean;
}

export function encodeListVersions(answer: ListVersionsAnswer): string {
  const text = nameEncoder(answer.urlEncoded);
  let out = `${xmlHead}<ListVersionsResult xmlns="${s3Namespace}">`;
  out += element('Name', answer.bucket) + element('Prefix', text(answer.prefix));
  out += element('KeyMarker', text(answer.keyMarker)) + element('VersionIdMarker', answer.versionIdMarker);
  if (answer.nextKeyMarker !== undefined) out += element('NextKeyMarker', text(answer.nextKeyMarker));
  out += optionalElement('NextVersionIdMarker', answer.nextVersionIdMarker);
  out += tail(answer, text);
  for (const object of answer.objects) {
    const name = object.deleteMarker ? 'DeleteMarker' : 'Version';
    out += `<${name}><Key>${escapeXml(text(object.key))}</Key><VersionId>${object.versionId}</VersionId>`;
    out += `<IsLatest>${object.isLatest}</IsLatest>`;
    out += `${object.deleteMarker ? markerProperties(object) : properties(object)}</${name}>`;
  }
  return `${out}${prefixes(answer, text)}</ListVersionsResult>`;
}

type NameEncoder = (name: string) => string;

export function nameEncoder(urlEncoded: boolean): NameEncoder {
  return urlEncoded ? urlEncode : (name) => name;
}

function tail(answer: ListCommon, text: NameEncoder): string {
  let out = element('MaxKeys', String(answer.maxKeys));
  if (answer.delimiter !== undefined) out += element('Delimiter', text(answer.delimiter));
  if (answer.urlEncoded) out += element('EncodingType', 'url');
  return `${out}<IsTruncated>${answer.truncated}</IsTruncated>`;
}

function contents(answer: ListCommon, text: NameEncoder): string {
  let out = '';
  for (const object of answer.objects) {
    out += `<Contents><Key>${escapeXml(text(object.key))}</Key>${properties(object)}</Contents>`;
  }
  return out;
}

function properties(object: ListedObject): string {
  let out = `<LastModified>${isoDate(object.modifiedMs)}</LastModified><ETag>&quot;${object.etag}&quot;</ETag>`;
  if (object.checksumAlgorithm !== undefined) {
    out += `<ChecksumAlgorithm>${object.checksumAlgorithm}</ChecksumAlgorithm>`;
    if (object.checksumType !== undefined) out += `<ChecksumType>${object.checksumType}</ChecksumType>`;
  }
  out += `<Size>${object.size}</Size>`;
  if (object.owner !== undefined) out += ownerElement('Owner', object.owner);
  return `${out}<StorageClass>${object.storageClass}</StorageClass>`;
}

function markerProperties(marker: ListedVersion): string {
  const modified = `<LastModified>${isoDate(marker.modifiedMs)}</LastModified>`;
  return marker.owner === undefined ? modified : modified + ownerElement('Owner', marker.owner);
}

export function ownerElement(name: string, owner: ListedOwner): string {
  return `<${name}>${element('ID', owner.id)}${element('DisplayName', owner.displayName)}</${name}>`;
}

function prefixes(answer: ListCommon, text: NameEncoder): string {
  let out = '';
  for (const prefix of answer.commonPrefixes) {
    out += `<CommonPrefixes>${element('Prefix', text(prefix))}</CommonPrefixes>`;
  }
  return out;
}
