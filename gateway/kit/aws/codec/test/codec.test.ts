import { describe, expect, it } from 'vitest';
import { AwsError, type AwsServiceDefinition, type ServiceSchemas } from '../../definition.ts';
import { schemas as s3Schemas } from '../../gen/s3.ts';
import { schemas as stsSchemas } from '../../gen/sts.ts';
import {
  createRestRouter,
  decodeInput,
  encodeError,
  encodeOutput,
  parseForm,
  routeQueryAction,
  routeTarget,
} from '../index.ts';

const s3: AwsServiceDefinition = {
  signingName: 's3',
  protocol: 'restXml',
  schemas: s3Schemas,
  operations: [],
};
const sts: AwsServiceDefinition = {
  signingName: 'sts',
  protocol: 'query',
  queryVersion: '2011-06-15',
  schemas: stsSchemas,
  operations: [],
};
const IDS = { requestId: 'REQ', hostId: 'HOST' };

interface Given {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

function decode(definition: AwsServiceDefinition, operation: string, given: Given = {}) {
  const headers = new Map(Object.entries(given.headers ?? {}));
  return decodeInput(definition, operation, {
    query: new Map(Object.entries(given.query ?? {})),
    header: (name) => headers.get(name),
    headers,
    labels: given.labels ?? { Bucket: 'b', Key: 'k' },
    body: typeof given.body === 'string' ? Buffer.from(given.body) : (given.body ?? new Uint8Array()),
  });
}

/** Code of the AwsError that decoding throws. */
function refusal(definition: AwsServiceDefinition, operation: string, given: Given): string {
  try {
    decode(definition, operation, given);
  } catch (error) {
    if (error instanceof AwsError) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'accepted';
}

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

describe('errors', () => {
  const error = new AwsError(
    'NoSuchKey',
    404,
    'No <key>.',
    { Key: 'a&b' },
    { 'X-Amz-Delete-Marker': 'true' },
  );

  it('S3: code, message, details, resource, ids', () => {
    const reply = encodeError(s3, error, { ...IDS, resource: '/b/a' });
    expect(reply).toEqual({
      status: 404,
      headers: { 'content-type': 'application/xml', 'x-amz-delete-marker': 'true' },
      body:
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>No &lt;key&gt;.</Message>' +
        '<Key>a&amp;b</Key><Resource>/b/a</Resource><RequestId>REQ</RequestId><HostId>HOST</HostId></Error>',
    });
  });

  it('query: who is to blame, and the namespace', () => {
    expect(encodeError(sts, new AwsError('AccessDenied', 403, 'No.'), IDS)).toMatchObject({
      headers: { 'content-type': 'text/xml' },
      body:
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
        '<Code>AccessDenied</Code><Message>No.</Message></Error><RequestId>REQ</RequestId></ErrorResponse>',
    });
  });

  it('JSON: the type in body and header', () => {
    const schemas: ServiceSchemas = {
      service: 'x',
      sdkVersion: '0',
      operations: {},
      shapes: {
        Capital: { type: 'structure', members: { Message: { shape: 'string' }, Type: { shape: 'string' } } },
      },
    };
    const definition = { signingName: 'x', schemas, operations: [] };
    const kms = encodeError(
      { ...definition, protocol: 'awsJson1.1' },
      new AwsError('NotFoundException', 400, 'm'),
      IDS,
    );
    expect(kms.headers).toEqual({
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-errortype': 'NotFoundException',
    });
    expect(JSON.parse(String(kms.body))).toEqual({ __type: 'NotFoundException', message: 'm' });
    const lambda = encodeError(
      { ...definition, protocol: 'restJson1' },
      new AwsError('Capital', 404, 'm'),
      IDS,
    );
    expect(lambda.headers).toEqual({ 'content-type': 'application/json', 'x-amzn-errortype': 'Capital' });
    expect(JSON.parse(String(lambda.body))).toEqual({ Type: 'User', Message: 'm' });
  });
});

describe('query protocol', () => {
  it('reads nested forms in numeric order, gaps and unknown fields allowed', () => {
    const body =
      'Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws&RoleSessionName=a+b&Unknown.member.1=x' +
      '&Tags.member.10.Key=k10&Tags.member.10.Value=v10&Tags.member.2.Key=k2&Tags.member.2.Value=&DurationSeconds=900';
    expect(decode(sts, 'AssumeRole', { body })).toEqual({
      RoleArn: 'arn:aws',
      RoleSessionName: 'a b',
      DurationSeconds: 900,
      Tags: [
        { Key: 'k2', Value: '' },
        { Key: 'k10', Value: 'v10' },
      ],
    });
    expect(decode(sts, 'AssumeRole', { query: { RoleArn: 'r', RoleSessionName: 's' } }).RoleArn).toBe('r');
  });

  it.each([
    ['RoleSessionName=s', '400 ValidationError'],
    ['RoleArn=r&RoleSessionName=s&DurationSeconds=x', '400 MalformedInput'],
    ['RoleArn=r&RoleSessionName=%zz', '400 MalformedInput'],
    ['RoleArn=r&RoleSessionName=s&Tags.member.x.Key=k', '400 MalformedInput'],
    [`RoleArn=r&RoleSessionName=s&${'a.'.repeat(40)}=1`, '400 MalformedInput'],
    [`RoleArn=r${'&a=1'.repeat(20_000)}`, '400 MalformedInput'],
    ['RoleArn=r&RoleSessionName=s&__proto__.x=1&constructor=2', 'accepted'],
  ])('AssumeRole with %.40j: %s', (body, outcome) => {
    expect(refusal(sts, 'AssumeRole', { body })).toBe(outcome);
  });

  it('writes the result with its metadata', () => {
    const output = { UserId: 'U', Account: '000000000000', Arn: 'arn:aws:iam::000000000000:root' };
    expect(encodeOutput(sts, 'GetCallerIdentity', { output }, IDS)).toEqual({
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body:
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        '<UserId>U</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn>' +
        '</GetCallerIdentityResult><ResponseMetadata><RequestId>REQ</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
    });
  });

  it('actions are routed by name and version', () => {
    const action = (form: string) => routeQueryAction(sts, parseForm(Buffer.from(form)));
    expect(action('Action=GetCallerIdentity&Version=2011-06-15')).toBe('GetCallerIdentity');
    expect(action('Action=GetCallerIdentity')).toBe('GetCallerIdentity');
    expect(action('Action=GetCallerIdentity&Version=2010-05-08')).toBeUndefined();
    expect(action('Action=toString')).toBeUndefined();
    expect(action('')).toBeUndefined();
  });
});

describe('JSON protocols', () => {
  const schemas: ServiceSchemas = {
    service: 'x',
    sdkVersion: '0',
    operations: {
      Op: { method: 'POST', uri: '/', status: 200, input: 'In', output: 'In', errors: [] },
      Void: { method: 'POST', uri: '/', status: 200, input: 'unit', output: 'unit', errors: [] },
    },
    shapes: {
      In: {
        type: 'structure',
        members: {
          Id: { shape: 'string', required: true },
          Count: { shape: 'long' },
          When: { shape: 'timestamp' },
          Bytes: { shape: 'blob' },
          Flag: { shape: 'boolean' },
          List: { shape: 'list' },
          Map: { shape: 'map' },
          Self: { shape: 'In' },
        },
      },
      unit: { type: 'structure', members: {} },
      list: { type: 'list', member: { shape: 'string' } },
      map: { type: 'map', key: { shape: 'string' }, value: { shape: 'string' } },
      string: { type: 'string' },
      long: { type: 'long' },
      timestamp: { type: 'timestamp' },
      blob: { type: 'blob' },
      boolean: { type: 'boolean' },
    },
  };
  const json: AwsServiceDefinition = {
    signingName: 'x',
    protocol: 'awsJson1.1',
    targetPrefix: 'Prefix',
    schemas,
    operations: [],
  };

  it('reads values by the schema; null is absent, unknown members are ignored', () => {
    const body = '{"Id":"i","Count":null,"When":1.5,"Bytes":"AQI=","Map":{"__proto__":"p"},"Other":{}}';
    const input = decode(json, 'Op', { body }) as { Map: object };
    expect(input).toEqual({ Id: 'i', When: new Date(1500), Bytes: Uint8Array.of(1, 2), Map: input.Map });
    expect(Object.entries(input.Map)).toEqual([['__proto__', 'p']]);
  });

  it.each([
    ['', '400 ValidationException'],
    ['{}', '400 ValidationException'],
    ['{', '400 SerializationException'],
    ['[]', '400 SerializationException'],
    ['{"Id":1}', '400 SerializationException'],
    ['{"Id":"i","Count":"1"}', '400 SerializationException'],
    ['{"Id":"i","Count":1.5}', '400 SerializationException'],
    ['{"Id":"i","Count":1e300}', '400 SerializationException'],
    ['{"Id":"i","Flag":"true"}', '400 SerializationException'],
    ['{"Id":"i","When":"soon"}', '400 SerializationException'],
    ['{"Id":"i","When":1e300}', '400 SerializationException'],
    ['{"Id":"i","Bytes":"***"}', '400 SerializationException'],
    ['{"Id":"i","List":"a"}', '400 SerializationException'],
    ['{"Id":"i","List":[null]}', '400 SerializationException'],
    [`${'{"Self":'.repeat(200)}{}${'}'.repeat(200)}`, '400 SerializationException'],
    [`{"Id":"i","List":${'['.repeat(100_000)}`, '400 SerializationException'],
  ])('%.40j: %s', (body, outcome) => {
    expect(refusal(json, 'Op', { body })).toBe(outcome);
  });

  it('writes dates as seconds and bytes as base64', () => {
    const output = { Id: 'i', When: new Date(1500), Bytes: Uint8Array.of(1, 2), List: ['a', undefined] };
    expect(encodeOutput(json, 'Op', { output }, IDS)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: '{"Id":"i","When":1.5,"Bytes":"AQI=","List":["a"]}',
    });
    expect(encodeOutput(json, 'Void', { output: undefined }, IDS).body).toBe('');
  });

  it('targets are routed by prefix and name', () => {
    expect(routeTarget(json, 'Prefix.Op')).toBe('Op');
    expect(routeTarget(json, 'Other.Op')).toBeUndefined();
    expect(routeTarget(json, 'Prefix.constructor')).toBeUndefined();
    expect(routeTarget(json, 'Op')).toBeUndefined();
  });
});

describe('REST router', () => {
  const operation = (uri: string, input = 'In', method = 'GET') => ({
    method,
    uri,
    status: 200,
    input,
    output: 'In',
    errors: [],
  });
  const member = (location: 'query' | 'header' | 'label', locationName: string) => ({
    shape: 'string',
    location,
    locationName,
    required: true,
  });
  const build = (operations: ServiceSchemas['operations']): ServiceSchemas => ({
    service: 'x',
    sdkVersion: '0',
    operations,
    shapes: {
      In: { type: 'structure', members: {} },
      NeedsId: { type: 'structure', members: { Id: member('query', 'id') } },
    },
  });
  const ask = (
    schemas: ServiceSchemas,
    method: string,
    path: string,
    query: readonly (readonly [string, string])[] = [],
  ) =>
    createRestRouter(schemas)({
      method,
      rawPath: path,
      host: 'h',
      query: new Map(query),
      header: () => undefined,
    });

  it('literal segments go before labels, labels before a greedy one', () => {
    const schemas = build({
      All: operation('/f/{Path+}'),
      One: operation('/f/{Name}'),
      Fixed: operation('/f/settings'),
      Deep: operation('/f/{Name}/code/'),
    });
    expect(ask(schemas, 'GET', '/f/settings')?.operation).toBe('Fixed');
    expect(ask(schemas, 'GET', '/f/a%20b')).toEqual({ operation: 'One', labels: { Name: 'a%20b' } });
    expect(ask(schemas, 'GET', '/f/a/')?.operation).toBe('One');
    expect(ask(schemas, 'GET', '/f/a/code')).toEqual({ operation: 'Deep', labels: { Name: 'a' } });
    expect(ask(schemas, 'GET', '/f/a/b/c')).toEqual({ operation: 'All', labels: { Path: 'a/b/c' } });
    expect(ask(schemas, 'GET', '/g')).toBeUndefined();
    expect(ask(schemas, 'PUT', '/f/a')).toBeUndefined();
    expect(ask(schemas, 'GET', 'f')).toBeUndefined();
  });

  it('required members tell operations of one route apart', () => {
    const schemas = build({ Get: operation('/a', 'NeedsId'), List: operation('/a') });
    expect(ask(schemas, 'GET', '/a', [['id', '1']])?.operation).toBe('Get');
    expect(ask(schemas, 'GET', '/a')?.operation).toBe('List');
  });

  it('operations that cannot be told apart are refused when the router is built', () => {
    expect(() => createRestRouter(build({ A: operation('/{X}'), B: operation('/{Y}') }))).toThrow(
      /discriminator/,
    );
    expect(() => createRestRouter(build({}), { Nothing: 'unrouted' })).toThrow(/no operation/);
  });
});
