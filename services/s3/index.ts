/**
 * Amazon S3 on tables of the hypergraph. A bucket is a domain; an object is a record with its headers, and its bytes are
 * inline in the record or blobs beside it; listings come from the private index and open no record.
 *
 * Supported: buckets, objects with ranges and conditions, copies, batch deletion, the listings, multipart uploads, user
 * metadata, additional checksums (CRC32, CRC32C, CRC64NVME, SHA-1, SHA-256), tags given with an upload, and what tools
 * ask a bucket before they use it.
 *
 * Not supported, and answered with `NotImplemented` (501) or the error AWS has for it:
 * - versioning: every object has the version `null` only;
 * - ACLs beyond `private` and `bucket-owner-full-control`; bucket policies; public access;
 * - encryption with keys of the client or of KMS (everything at rest is encrypted by the node);
 * - writing bucket configuration (lifecycle, CORS, website, notification, replication, logging, tagging, …);
 * - changing tags of an object, object lock, legal hold, restore, select, torrent, append, rename;
 * - checksums SHA-512, MD5 and XXHASH as additional checksums;
 * - directory buckets, access points, requests to another region (every region is served here).
 *
 * More lenient than AWS: a bucket without location constraint may be made through any region's endpoint; the checksum
 * of each part may be left out of CompleteMultipartUpload; DeleteObjects needs no digest of its body.
 */
import type { Service, ServiceModules } from '@hypergate/kit';
import type { TableStore } from '@hypergate/table';
import { s3Tables } from './model/tables.ts';
import { operations } from './ops/index.ts';
import { BlobGuard } from './store/blob-guard.ts';
import { Buckets, registryAddress } from './store/buckets.ts';
import type { S3Context } from './store/context.ts';
import { emptyEverything } from './store/reset.ts';
import { Sweeper } from './store/sweeper.ts';
