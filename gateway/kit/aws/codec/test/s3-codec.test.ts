import { describe, expect, it } from 'vitest';
import { encodeOutput } from '../index.ts';
import { decode, IDS, refusal, s3 } from './decode.ts';

describe('S3 requests', () => {
  it('labels are percent-decoded as UTF-8, plus signs stay', () => {
    const labels = { Bucket: 'b', Key: 'a+b%20c%2Fd%C3%BC//e' };
    expect(decode(s3, 'GetObject', { labels }).Key).toBe('a+b c/dü//e');
    expect(refusal(s3, 'GetObject', { labels: { Bucket: 'b', Key: '%zz' } })).toBe('400 InvalidURI');
    expect(refusal(s3, 'GetObject', { labels: { Bucket: 'b', Key: '%ff' } })).toBe('400 InvalidURI');
  });

  it('numbers and switches are strict; an empty one counts as absent', () => {
    expect(decode(s3, 'ListObjectsV2', { query: { 'max-keys': '7', 'fetch-owner': 'true' } })).toMatchObject({
      MaxKeys: 7,
      FetchOwner: true,
    });
    expect(decode(s3, 'ListObjectsV2', { query: { 'max-keys': '' } }).MaxKeys).toBeUndefined();
    for (const bad of ['x', '1.5', '0x10', '1e3', '99999999999999999999', ' ']) {
      expect(refusal(s3, 'ListObjectsV2', { query: { 'max-keys': bad } }), bad).toBe('400 InvalidArgument');
    }
    expect(refusal(s3, 'ListObjectsV2', { query: { 'fetch-owner': 'yes' } })).toBe('400 InvalidArgument');
  });

  it('an empty prefix or delimiter is a value', () => {
    expect(decode(s3, 'ListObjectsV2', { query: { prefix: '', delimiter: '' } })).toMatchObject({
      Prefix: '',
      Delimiter: '',
    });
  });

  it('unreadable dates of HTTP conditions are ignored, those of S3 headers refused', () => {
    expect(
      decode(s3, 'GetObject', { headers: { 'if-modified-since': 'soon' } }).IfModifiedSince,
    ).toBeUndefined();
    for (const date of [
      'Sun, 06 Nov 1994 08:49:37 GMT',
      'Sunday, 06-Nov-94 08:49:37 GMT',
      'Sun Nov  6 08:49:37 1994',
    ]) {
      const input = decode(s3, 'GetObject', { headers: { 'if-modified-since': date } });
      expect(input.IfModifiedSince, date).toEqual(new Date('1994-11-06T08:49:37Z'));
    }
    expect(decode(s3, 'PutObject', { headers: { expires: 'never' } }).Expires).toBeUndefined();
    expect(refusal(s3, 'PutObject', { headers: { 'x-amz-object-lock-retain-until-date': 'x' } })).toBe(
      '400 InvalidArgument',
    );
  });

  it('metadata headers become a map, whatever they are called', () => {
    const headers = { 'x-amz-meta-a': '1', 'x-amz-meta-': '2', 'x-amz-meta-__proto__': '3', other: '4' };
    const { Metadata } = decode(s3, 'PutObject', { headers }) as { Metadata: Record<string, string> };
    expect(Object.entries(Metadata)).toEqual([
      ['a', '1'],
      ['', '2'],
      ['__proto__', '3'],
    ]);
    expect(Object.getPrototypeOf(Metadata)).toBe(Object.prototype);
  });

  it('list headers are split at commas, also inside quotes and spaces', () => {
    const headers = { 'x-amz-object-attributes': 'ETag, Checksum,"a,b"' };
    expect(decode(s3, 'GetObjectAttributes', { headers }).ObjectAttributes).toEqual([
      'ETag',
      'Checksum',
      'a,b',
    ]);
    expect(refusal(s3, 'GetObjectAttributes', {})).toBe('400 InvalidRequest');
  });

  it.each([
    ['<Delete><Object><Key>a</Key></Object></Delete>', 'accepted'],
    [
      '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key> a </Key></Object></Delete>',
      'accepted',
    ],
    ['<s3:Delete xmlns:s3="u"><s3:Object><s3:Key>a</s3:Key></s3:Object></s3:Delete>', 'accepted'],
    ['<Delete></Delete>', '400 MalformedXML'],
    ['<Delete><Object></Object></Delete>', '400 MalformedXML'],
    ['<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>', '400 MalformedXML'],
    ['<Delete><Object><Key>a</Key><Other/></Object></Delete>', '400 MalformedXML'],
    ['<Delete><Object><Key><b/></Key></Object></Delete>', '400 MalformedXML'],
    ['<Delete>text<Object><Key>a</Key></Object></Delete>', '400 MalformedXML'],
    ['<Delete><Quiet>maybe</Quiet><Object><Key>a</Key></Object></Delete>', '400 MalformedXML'],
    ['<Remove><Object><Key>a</Key></Object></Remove>', '400 MalformedXML'],
    ['<Delete><Object><Key>a</Key></Object>', '400 MalformedXML'],
    ['{}', '400 MalformedXML'],
    ['', '400 MissingRequestBodyError'],
  ])('DeleteObjects with %j: %s', (body, outcome) => {
    expect(refusal(s3, 'DeleteObjects', { body })).toBe(outcome);
  });

  it('keys in documents keep their white space and control characters', () => {
    const body = '<Delete><Object><Key> a&#xA;&#x1;\t</Key></Object><Quiet> true </Quiet></Delete>';
    expect(decode(s3, 'DeleteObjects', { body }).Delete).toEqual({
      Objects: [{ Key: ' a\n\u0001\t' }],
      Quiet: true,
    });
  });

  it('wrapped and flattened lists and attributes are read', () => {
    const body =
      '<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant>' +
      '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>x</ID></Grantee>' +
      '<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>';
    expect(decode(s3, 'PutBucketAcl', { body }).AccessControlPolicy).toEqual({
      Owner: { ID: 'o' },
      Grants: [{ Grantee: { Type: 'CanonicalUser', ID: 'x' }, Permission: 'READ' }],
    });
    const tags = '<Tagging><TagSet><Tag><Key>a</Key><Value/></Tag></TagSet></Tagging>';
    expect(decode(s3, 'PutObjectTagging', { body: tags }).Tagging).toEqual({
      TagSet: [{ Key: 'a', Value: '' }],
    });
  });

  it('a text payload is the body, a streaming one only when it was collected', () => {
    expect(decode(s3, 'PutBucketPolicy', { body: '{"a":"ü"}' }).Policy).toBe('{"a":"ü"}');
    expect(refusal(s3, 'PutBucketPolicy', { body: Uint8Array.of(255) })).toBe('400 InvalidArgument');
    expect('Body' in decode(s3, 'PutObject')).toBe(false);
    expect(decode(s3, 'PutObject', { body: 'x' }).Body).toEqual(Buffer.from('x'));
  });
});

describe('S3 replies', () => {
  it("documents have S3's namespace, timestamps with milliseconds and escaped texts", () => {
    const output = {
      Name: 'b',
      Prefix: '',
      IsTruncated: false,
      Contents: [{ Key: 'a<\u0001', LastModified: new Date(0), ETag: '"e"', Size: 0 }],
      CommonPrefixes: [{ Prefix: 'p/' }],
    };
    const reply = encodeOutput(s3, 'ListObjectsV2', { output }, IDS);
    expect(reply.headers).toEqual({ 'content-type': 'application/xml' });
    expect(reply.body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>' +
        '<Contents><Key>a&lt;&#x1;</Key><LastModified>1970-01-01T00:00:00.000Z</LastModified>' +
        '<ETag>&quot;e&quot;</ETag><Size>0</Size></Contents><Name>b</Name><Prefix/>' +
        '<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>',
    );
  });

  it("a bucket's location is the text of the root; us-east-1 is empty", () => {
    const body = (LocationConstraint?: string) =>
      encodeOutput(s3, 'GetBucketLocation', { output: { LocationConstraint } }, IDS).body;
    const xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
    expect(body('eu-west-1')).toContain(`<LocationConstraint ${xmlns}>eu-west-1</LocationConstraint>`);
    expect(body()).toContain(`<LocationConstraint ${xmlns}/>`);
  });

  it('grantees carry their type as an attribute', () => {
    const Grants = [{ Grantee: { Type: 'Group', URI: 'u' }, Permission: 'READ' }];
    expect(encodeOutput(s3, 'GetBucketAcl', { output: { Grants } }, IDS).body).toContain(
      '<AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">' +
        '<URI>u</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList>',
    );
  });

  it('headers come from members; status, extra headers and streams from the reply', () => {
    const body = new Uint8Array(3);
    const reply = encodeOutput(
      s3,
      'GetObject',
      {
        output: {
          ETag: '"e"',
          LastModified: new Date(0),
          Metadata: { A: '1' },
          DeleteMarker: false,
          ContentType: 'text/x',
        },
        status: 206,
        headers: { 'Content-Range': 'bytes 0-2/9' },
        stream: { body, contentLength: 3 },
      },
      IDS,
    );
    expect(reply).toEqual({
      status: 206,
      headers: {
        etag: '"e"',
        'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
        'x-amz-meta-a': '1',
        'x-amz-delete-marker': 'false',
        'content-type': 'text/x',
        'content-length': '3',
        'content-range': 'bytes 0-2/9',
      },
      body: '',
      stream: { body, contentLength: 3 },
    });
  });

  it('replies without members in a document have no body', () => {
    expect(encodeOutput(s3, 'DeleteObject', { output: { VersionId: 'v' } }, IDS)).toEqual({
      status: 204,
      headers: { 'x-amz-version-id': 'v' },
      body: '',
    });
    expect(encodeOutput(s3, 'HeadBucket', { output: undefined }, IDS)).toEqual({
      status: 200,
      headers: {},
      body: '',
    });
  });

  it("a hand-made body takes the place of the schema's, headers of members stay", () => {
    const reply = encodeOutput(
      s3,
      'ListObjectsV2',
      { output: { RequestCharged: 'requester' }, encoded: { contentType: 'application/xml', body: '<x/>' } },
      IDS,
    );
    expect(reply.body).toBe('<x/>');
    expect(reply.headers).toEqual({
      'x-amz-request-charged': 'requester',
      'content-type': 'application/xml',
    });
  });
});
