import { createRestRouter, type RouteRequest } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/s3';
import { describe, expect, it } from 'vitest';
import { s3Discriminators } from '../route.ts';

const route = createRestRouter(schemas, s3Discriminators);

function request(method: string, url: string, headers: Readonly<Record<string, string>> = {}): RouteRequest {
  const question = url.indexOf('?');
  const rawPath = question < 0 ? url : url.slice(0, question);
  const query = new Map(new URLSearchParams(question < 0 ? '' : url.slice(question + 1)));
  return { method, rawPath, host: '127.0.0.1', query, header: (name) => headers[name] };
}

describe('S3 routes', () => {
  it.each([
    ['GET', '/', 'ListBuckets'],
    ['GET', '/b', 'ListObjects'],
    ['GET', '/b/', 'ListObjects'],
    ['GET', '/b?list-type=2&prefix=a', 'ListObjectsV2'],
    ['GET', '/b?list-type=1', 'ListObjects'],
    ['GET', '/b?versions&prefix=a', 'ListObjectVersions'],
    ['GET', '/b?uploads', 'ListMultipartUploads'],
    ['GET', '/b?location', 'GetBucketLocation'],
    ['GET', '/b?analytics', 'ListBucketAnalyticsConfigurations'],
    ['GET', '/b?analytics&id=1', 'GetBucketAnalyticsConfiguration'],
    ['HEAD', '/b', 'HeadBucket'],
    ['PUT', '/b', 'CreateBucket'],
    ['DELETE', '/b', 'DeleteBucket'],
    ['POST', '/b?delete', 'DeleteObjects'],
    ['PUT', '/b?acl=', 'PutBucketAcl'],
    ['GET', '/b/k', 'GetObject'],
    ['GET', '/b/k?versionId=1&response-content-type=a', 'GetObject'],
    ['GET', '/b/k?uploadId=1', 'ListParts'],
    ['GET', '/b/k?tagging&versionId=1', 'GetObjectTagging'],
    ['HEAD', '/b/k?partNumber=1', 'HeadObject'],
    ['PUT', '/b/k', 'PutObject'],
    ['PUT', '/b/k?x-id=PutObject', 'PutObject'],
    ['PUT', '/b/k?partNumber=1&uploadId=2', 'UploadPart'],
    ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
    ['POST', '/b/k?uploadId=1', 'CompleteMultipartUpload'],
    ['DELETE', '/b/k?uploadId=1', 'AbortMultipartUpload'],
    ['DELETE', '/b/k?versionId=1', 'DeleteObject'],
  ])('%s %s is %s', (method, url, operation) => {
    expect(route(request(method, url))?.operation).toBe(operation);
  });

  it('a copy source turns a put into a copy', () => {
    const source = { 'x-amz-copy-source': 'b/other' };
    expect(route(request('PUT', '/b/k', source))?.operation).toBe('CopyObject');
    expect(route(request('PUT', '/b/k?partNumber=1&uploadId=2', source))?.operation).toBe('UploadPartCopy');
  });

  it('an upload id without a part number never becomes a put of the object', () => {
    expect(route(request('PUT', '/b/k?uploadId=2'))?.operation).toBe('UploadPart');
  });

  it('a sub-resource with a method that has no operation for it is no route', () => {
    for (const [method, url] of [
      ['DELETE', '/b?versioning'],
      ['DELETE', '/b?acl'],
      ['PUT', '/b?location'],
      ['DELETE', '/b/k?retention'],
      ['POST', '/b/k'],
      ['POST', '/b'],
      ['OPTIONS', '/b/k'],
      ['HEAD', '/'],
    ] as const) {
      expect(route(request(method, url)), `${method} ${url}`).toBeUndefined();
    }
  });

  it('labels stay as they were sent, slashes and all', () => {
    expect(route(request('GET', '/b//a/../%2F+%zz/'))).toEqual({
      operation: 'GetObject',
      labels: { Bucket: 'b', Key: '/a/../%2F+%zz/' },
    });
  });
});
