/** The answer of ListBuckets, written by hand. */
import { isoDate } from './dates.ts';
import { type ListedOwner, ownerElement } from './list-objects.ts';
import { element, optionalElement, s3Namespace, xmlHead } from './xml.ts';

export interface ListedBucket {
  readonly name: string;
  readonly createdMs: number;
  readonly region: string;
}

export interface ListBucketsAnswer {
  readonly owner: ListedOwner;
  readonly buckets: readonly ListedBucket[];
  /** Regions are shown in paged and filtered listings only, as AWS does. */
  readonly showRegions: boolean;
  readonly prefix: string | undefined;
  readonly continuationToken: string | undefined;
}

export function encodeListBuckets(answer: ListBucketsAnswer): string {
  let out = `${xmlHead}<ListAllMyBucketsResult xmlns="${s3Namespace}">${ownerElement('Owner', answer.owner)}<Buckets>`;
  for (const bucket of answer.buckets) {
    out += `<Bucket>${element('Name', bucket.name)}<CreationDate>${isoDate(bucket.createdMs)}</CreationDate>`;
    if (answer.showRegions) out += element('BucketRegion', bucket.region);
    out += '</Bucket>';
  }
  out += `</Buckets>${optionalElement('ContinuationToken', answer.continuationToken)}`;
  return `${out}${optionalElement('Prefix', answer.prefix)}</ListAllMyBucketsResult>`;
}
