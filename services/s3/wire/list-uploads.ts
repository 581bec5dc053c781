/** Answers of ListMultipartUploads and ListParts, written by hand. */
import { isoDate } from './dates.ts';
import { type ListedOwner, nameEncoder, ownerElement } from './list-objects.ts';
import { element, escapeXml, optionalElement, s3Namespace, xmlHead } from './xml.ts';

export interface ListedUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
  readonly storageClass: string;
  readonly checksumAlgorithm: string | undefined;
  readonly checksumType: string | undefined;
  readonly owner: ListedOwner;
  readonly initiator: ListedOwner;
}

export interface ListUploadsAnswer {
  readonly bucket: string;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  readonly nextKeyMarker: string | undefined;
  readonly nextUploadIdMarker: string | undefined;
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly maxUploads: number;
  readonly urlEncoded: boolean;
  readonly truncated: boolean;
  readonly uploads: readonly ListedUpload[];
  readonly commonPrefixes: readonly string[];
}

export function encodeListUploads(answer: ListUploadsAnswer): string {
  const text = nameEncoder(answer.urlEncoded);
  let out = `${xmlHead}<ListMultipartUploadsResult xmlns="${s3Namespace}">`;
  out += element('Bucket', answer.bucket) + element('KeyMarker', text(answer.keyMarker));
  out += element('UploadIdMarker', answer.uploadIdMarker);
  if (answer.nextKeyMarker !== undefined) out += element('NextKeyMarker', text(answer.nextKeyMarker));
  out += optionalElement('NextUploadIdMarker', answer.nextUploadIdMarker);
  out += element('Prefix', text(answer.prefix));
  if (answer.delimiter !== undefined) out += element('Delimiter', text(answer.delimiter));
  out += element('MaxUploads', String(answer.maxUploads));
  if (answer.urlEncoded) out += element('EncodingType', 'url');
  out += `<IsTruncated>${answer.truncated}</IsTruncated>`;
  for (const upload of answer.uploads) {
    out += `<Upload><Key>${escapeXml(text(upload.key))}</Key>${element('UploadId', upload.uploadId)}`;
    out += ownerElement('Initiator', upload.initiator) + ownerElement('Owner', upload.owner);
    out += `<StorageClass>${upload.storageClass}</StorageClass><Initiated>${isoDate(upload.initiatedMs)}</Initiated>`;
    out += optionalElement('ChecksumAlgorithm', upload.checksumAlgorithm);
    out += `${optionalElement('ChecksumType', upload.checksumType)}</Upload>`;
  }
  for (const prefix of answer.commonPrefixes) {
    out += `<CommonPrefixes>${element('Prefix', text(prefix))}</CommonPrefixes>`;
  }
  return `${out}</ListMultipartUploadsResult>`;
}

export interface ListedPart {
  readonly number: number;
  readonly modifiedMs: number;
  readonly etag: string;
  readonly size: number;
  /** Element name and text of the part's checksum. */
  readonly checksum: readonly [string, string] | undefined;
}

export interface ListPartsAnswer {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly partNumberMarker: number;
  readonly nextPartNumberMarker: number | undefined;
  readonly maxParts: number;
  readonly truncated: boolean;
  readonly storageClass: string;
  readonly checksumAlgorithm: string | undefined;
  readonly checksumType: string | undefined;
  readonly owner: ListedOwner;
  readonly initiator: ListedOwner;
  readonly parts: readonly ListedPart[];
}

export function encodeListParts(answer: ListPartsAnswer): string {
  let out = `${xmlHead}<ListPartsResult xmlns="${s3Namespace}">`;
  out += element('Bucket', answer.bucket) + element('Key', answer.key) + element('UploadId', answer.uploadId);
  out += ownerElement('Initiator', answer.initiator) + ownerElement('Owner', answer.owner);
  out += `<StorageClass>${answer.storageClass}</StorageClass>`;
  out += element('PartNumberMarker', String(answer.partNumberMarker));
  if (answer.nextPartNumberMarker !== undefined) {
    out += element('NextPartNumberMarker', String(answer.nextPartNumberMarker));
  }
  out += `<MaxParts>${answer.maxParts}</MaxParts><IsTruncated>${answer.truncated}</IsTruncated>`;
  out += optionalElement('ChecksumAlgorithm', answer.checksumAlgorithm);
  out += optionalElement('ChecksumType', answer.checksumType);
  for (const part of answer.parts) {
    out += `<Part><PartNumber>${part.number}</PartNumber><LastModified>${isoDate(part.modifiedMs)}</LastModified>`;
    out += `<ETag>&quot;${part.etag}&quot;</ETag><Size>${part.size}</Size>`;
    if (part.checksum !== undefined) out += element(part.checksum[0], part.checksum[1]);
    out += '</Part>';
  }
  return `${out}</ListPartsResult>`;
}
