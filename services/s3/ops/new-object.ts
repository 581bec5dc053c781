/** What PutObject, CopyObject and CreateMultipartUpload say about the object to be: headers, metadata, tags, class. */
import type { Call } from '@hypergate/kit';
import { type AclHeaders, checkAcl } from '../engine/canned-acl.ts';
import {
  checkSystemHeaders,
  contentEncoding,
  type NameValue,
  type SystemHeaders,
  userMetadata,
} from '../engine/metadata.ts';
import { type StorageClass, storageClass } from '../engine/storage-class.ts';
import { parseTagging } from '../engine/tagging.ts';
import { type ObjectInput, type ProtectionInput, refuseProtection } from './common.ts';

export interface NewObjectInput extends ObjectInput, ProtectionInput, AclHeaders {
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  readonly ContentType?: string;
  readonly Metadata?: Readonly<Record<string, string>>;
  readonly StorageClass?: string;
  readonly Tagging?: string;
  readonly WebsiteRedirectLocation?: string;
}

export interface NewObject {
  readonly headers: SystemHeaders;
  readonly metadata: readonly NameValue[];
  readonly tags: readonly NameValue[];
  readonly storageClass: StorageClass;
}

export function newObject(call: Call<NewObjectInput>): NewObject {
  const { input } = call;
  checkAcl(input);
  refuseProtection(input);
  const headers: SystemHeaders = {
    contentType: text(input.ContentType),
    cacheControl: text(input.CacheControl),
    contentDisposition: text(input.ContentDisposition),
    contentEncoding: text(contentEncoding(input.ContentEncoding)),
    contentLanguage: text(input.ContentLanguage),
    // As sent: S3 gives back also what is no date.
    expires: text(call.header('expires')),
    websiteRedirectLocation: text(input.WebsiteRedirectLocation),
  };
  checkSystemHeaders(headers);
  return {
    headers,
    metadata: userMetadata(input.Metadata),
    tags: parseTagging(input.Tagging),
    storageClass: storageClass(input.StorageClass),
  };
}

function text(header: string | undefined): string | undefined {
  return header === undefined || header === '' ? undefined : header;
}
