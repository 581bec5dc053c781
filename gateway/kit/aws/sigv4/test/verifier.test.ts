import { describe, expect, test } from 'vitest';
import { StaticCredentialStore } from '../../credentials.ts';
import { AwsError } from '../../definition.ts';
import type { ErrorFamily } from '../../error-family.ts';
import { RawHeaders } from '../../http/raw-headers.ts';
import { queryPairs } from '../../http/raw-url.ts';
import { Authenticator } from '../authenticator.ts';
import { canonicalHeaders, canonicalQuery, normalisedCanonicalPath, s3CanonicalPath } from '../canonical.ts';
import { parseDateHeader, parseIsoBasic } from '../date.ts';
import { signatureError } from '../error-forms.ts';
import { SignatureFailure } from '../failure.ts';
import { payloadMode, sentPayloadHash, unsignedPayload } from '../payload-hash.ts';
import { deriveSigningKey, SigningKeyCache } from '../signing-key.ts';
import { view } from './signers.ts';

const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const day = Date.UTC(2013, 4, 24);

function authenticator(nowMs: number, sessionToken?: string): Authenticator {
  const store = new StaticCredentialStore([
    {
      accountId: '0',
      userId: 'u',
      displayName: 'd',
      email: 'e',
      accessKeyId,
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
  ]);
  return new Authenticator({
    credentials: {
      lookup: (id) => {
        const found = store.lookup(id);
        return found === undefined || sessionToken === undefined ? found : { ...found, sessionToken };
      },
    },
    clock: { now: () => nowMs },
    keys: new SigningKeyCache(4),
  });
}

interface Sent {
  readonly method?: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
}

/** `ok`, `anonymous`, or the error S3 gives. */
async function check(sent: Sent, nowMs = day, family: ErrorFamily = 's3', token?: string): Promise<string> {
  const auth = authenticator(nowMs, token);
  try {
    const request = view({
      method: sent.method ?? 'GET',
      target: sent.target,
      rawHeaders: sent.headers.flat(),
    });
    const signature = auth.read(request);
    if (signature === undefined) return 'anonymous';
    const credential = await auth.identify(signature, request, 's3');
    const hash = sentPayloadHash(request, signature.form) ?? unsignedPayload;
    payloadMode(hash);
    auth.verify(signature, request, credential, hash, 's3');
    return 'ok';
  } catch (error) {
    if (!(error instanceof SignatureFailure)) throw error;
    const translated = signatureError(error.reason, family);
    expect(translated).toBeInstanceOf(AwsError);
    return `${translated.status} ${translated.code}`;
  }
}

const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const host = ['Host', 'examplebucket.s3.amazonaws.com'] as const;
const credential = `${accessKeyId}/20130524/us-east-1/s3/aws4_request`;
const date = ['x-amz-date', '20130524T000000Z'] as const;
const content = ['x-amz-content-sha256', empty] as const;
const authorization = (signedHeaders: string, signature: string) =>
  [
    'Authorization',
    `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signedHeaders},Signature=${signature}`,
  ] as const;

const listBucket: Sent = {
  target: '/?max-keys=2&prefix=J',
  headers: [
    host,
    date,
    content,
    authorization(
      'host;x-amz-content-sha256;x-amz-date',
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ),
  ],
};
const presigned =
  '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
  '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
  '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';

describe('examples of the S3 reference', () => {
  test('GET object with Range', async () => {
    const sent: Sent = {
      target: '/test.txt',
      headers: [
        host,
        ['Range', 'bytes=0-9'],
        date,
        content,
        authorization(
          'host;range;x-amz-content-sha256;x-amz-date',
          'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
        ),
      ],
    };
    expect(await check(sent)).toBe('ok');
  });
  test('PUT object, with a key that is escaped, and a Date header', async () => {
    const sent: Sent = {
      method: 'PUT',
      target: '/test%24file.text',
      headers: [
        host,
        ['Date', 'Fri, 24 May 2013 00:00:00 GMT'],
        date,
        ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
        ['x-amz-content-sha256', '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072'],
        authorization(
          'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
          '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
        ),
      ],
    };
    expect(await check(sent)).toBe('ok');
    // The same key, escaped less than the signer did.
    expect(await check({ ...sent, target: '/test$file.text' })).toBe('ok');
  });
  test('GET bucket lifecycle', async () => {
    const sent: Sent = {
      target: '/?lifecycle',
      headers: [
        host,
        date,
        content,
        authorization(
          'host;x-amz-content-sha256;x-amz-date',
          'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
        ),
      ],
    };
    expect(await check(sent)).toBe('ok');
  });
  test('GET bucket, parameters in any order', async () => {
    expect(await check(listBucket)).toBe('ok');
    expect(await check({ ...listBucket, target: '/?prefix=J&max-keys=2' })).toBe('ok');
  });
  test('presigned URL', async () => {
    expect(await check({ target: presigned, headers: [host] })).toBe('ok');
  });
});

describe('times', () => {
  const minutes = 60_000;
  test('a header signature holds for 15 minutes either way', async () => {
    expect(await check(listBucket, day + 15 * minutes)).toBe('ok');
    expect(await check(listBucket, day - 15 * minutes)).toBe('ok');
    expect(await check(listBucket, day + 15 * minutes + 1)).toBe('403 RequestTimeTooSkewed');
    expect(await check(listBucket, day - 15 * minutes - 1)).toBe('403 RequestTimeTooSkewed');
  });
  test('a presigned URL holds until it expires', async () => {
    const sent: Sent = { target: presigned, headers: [host] };
    expect(await check(sent, day + 86_399_999)).toBe('ok');
    expect(await check(sent, day + 86_400_000)).toBe('403 AccessDenied');
    expect(await check(sent, day - 16 * minutes)).toBe('403 AccessDenied');
  });
  test('expiry bounds', async () => {
    const expires = (text: string) =>
      check({ target: presigned.replace('Expires=86400', `Expires=${text}`), headers: [host] });
    expect(await expires('604800')).toBe('403 SignatureDoesNotMatch');
    expect(await expires('0')).toBe('403 AccessDenied');
    for (const text of ['604801', '-1']) {
      expect([text, await expires(text)]).toEqual([text, '403 AuthorizationQueryParametersError']);
    }
    for (const text of ['1.5', '', 'x', '1e3', '99999999999999999999']) {
      expect([text, await expires(text)]).toEqual([text, '400 AuthorizationQueryParametersError']);
    }
  });
  test('forms of time stamps', () => {
    expect(parseIsoBasic('20130524T000000Z')?.ms).toBe(day);
    for (const bad of [
      '20130231T000000Z',
      '20130524T250000Z',
      '2013-05-24T00:00:00Z',
      '20130524T000000',
      '',
    ]) {
      expect(parseIsoBasic(bad)).toBe(undefined);
    }
    expect(parseDateHeader('Fri, 24 May 2013 00:00:00 GMT')?.iso).toBe('20130524T000000Z');
    expect(parseDateHeader('Fri, 24 May 2013 00:00:00 +0000')?.ms).toBe(day);
    for (const bad of ['yesterday', '0', '2013', 'Fri, 99 May 2013 00:00:00 GMT']) {
      expect(parseDateHeader(bad)).toBe(undefined);
    }
  });
});

describe('malformed credentials', () => {
  const withAuthorization = (value: string): Sent => ({
    target: '/',
    headers: [host, date, content, ['Authorization', value]],
  });
  const good = authorization('host;x-amz-content-sha256;x-amz-date', '0'.repeat(64))[1];
  const cases: readonly (readonly [string, string, string])[] = [
    ['empty', '', '403 AccessDenied'],
    ['blank', '  ', '403 AccessDenied'],
    ['another scheme', 'Basic dXNlcjpwYXNz', '400 InvalidArgument'],
    ['version 2', 'AWS AKID:signature', '400 InvalidRequest'],
    ['version 4a', good.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'), '400 InvalidRequest'],
    ['scheme alone', 'AWS4-HMAC-SHA256', '400 AuthorizationHeaderMalformed'],
    ['no signature', good.replace(/,Signature.*/, ''), '400 AuthorizationHeaderMalformed'],
    ['two credentials', `${good},Credential=${credential}`, '400 AuthorizationHeaderMalformed'],
    ['unknown part', `${good},Extra=1`, '400 AuthorizationHeaderMalformed'],
    ['short credential', good.replace('/s3/aws4_request', ''), '400 AuthorizationHeaderMalformed'],
    ['no key id', good.replace(accessKeyId, ''), '400 AuthorizationHeaderMalformed'],
    ['wrong terminal', good.replace('aws4_request', 'aws5_request'), '400 AuthorizationHeaderMalformed'],
    ['bad date', good.replace('20130524', '2013-524'), '400 AuthorizationHeaderMalformed'],
    ['another day', good.replace('20130524', '20130525'), '400 AuthorizationHeaderMalformed'],
    ['another service', good.replace('/s3/', '/ec2/'), '400 AuthorizationHeaderMalformed'],
    ['upper-case header', good.replace('=host', '=Host'), '400 AuthorizationHeaderMalformed'],
    ['header named twice', good.replace('=host', '=host;host'), '400 AuthorizationHeaderMalformed'],
    ['host not signed', good.replace('=host;', '='), '403 AccessDenied'],
    ['x-amz header not signed', good.replace('x-amz-content-sha256;', ''), '403 AccessDenied'],
    ['unknown key', good.replace(accessKeyId, 'AKIANOBODY'), '403 InvalidAccessKeyId'],
    ['very long key', good.replace(accessKeyId, 'A'.repeat(5000)), '403 InvalidAccessKeyId'],
    ['very long value', good + ' '.repeat(9000), '400 AuthorizationHeaderMalformed'],
    ['wrong signature', good, '403 SignatureDoesNotMatch'],
    ['short signature', good.replace(/0{64}$/, '00'), '403 SignatureDoesNotMatch'],
    ['upper-case signature', good.replace(/0{64}$/, 'F'.repeat(64)), '403 SignatureDoesNotMatch'],
  ];
  for (const [name, value, expected] of cases) {
    test(name, async () => expect(await check(withAuthorization(value))).toBe(expected));
  }
  test('no date', async () => {
    const sent: Sent = { target: '/', headers: [host, content, ['Authorization', good]] };
    expect(await check(sent)).toBe('403 AccessDenied');
  });
  test('Authorization twice', async () => {
    const sent: Sent = {
      target: '/',
      headers: [host, date, content, ['Authorization', good], ['authorization', good]],
    };
    expect(await check(sent)).toBe('400 InvalidArgument');
  });
  test('header and query both', async () => {
    const sent: Sent = { target: presigned, headers: [host, ['Authorization', good]] };
    expect(await check(sent)).toBe('400 InvalidArgument');
  });
  test('an unsigned x-amz header on a presigned URL', async () => {
    expect(await check({ target: presigned, headers: [host, ['x-amz-acl', 'public-read']] })).toBe(
      '403 AccessDenied',
    );
  });
  test('presigned URLs with parts missing, twice or wrong', async () => {
    for (const name of ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature']) {
      const without = presigned.replace(new RegExp(`X-Amz-${name}=[^&]*`), '');
      expect([name, await check({ target: without, headers: [host] })]).toEqual([
        name,
        '400 AuthorizationQueryParametersError',
      ]);
      const twice = `${presigned}&X-Amz-${name}=1`;
      expect([name, await check({ target: twice, headers: [host] })]).toEqual([
        name,
        '400 AuthorizationQueryParametersError',
      ]);
    }
    expect(await check({ target: '/?AWSAccessKeyId=a&Signature=b&Expires=1', headers: [host] })).toBe(
      '400 InvalidRequest',
    );
  });
  test('no credentials at all', async () => {
    expect(await check({ target: '/?prefix=a', headers: [host] })).toBe('anonymous');
  });
  test('no message of an error repeats a credential of another scheme', () => {
    for (const kind of ['unsupported-scheme', 'two-mechanisms'] as const) {
      const error = signatureError({ kind, value: 'Bearer very-secret' }, 's3');
      expect(JSON.stringify([error.message, error.details])).not.toContain('secret');
    }
  });
});

describe('session tokens', () => {
  test('a token must be the one that was given out, and must be sent', async () => {
    expect(await check(listBucket, day, 's3', 'token')).toBe('400 InvalidToken');
  });
});

describe('canonical forms', () => {
  test('paths', () => {
    expect(s3CanonicalPath('/a//b/../c/./d')).toBe('/a//b/../c/./d');
    expect(s3CanonicalPath('/a+b c~%7e%2f%2F!')).toBe('/a%2Bb%20c~~%2F%2F%21');
    expect(s3CanonicalPath('/\u00c3\u00bc')).toBe('/%C3%BC');
    expect(s3CanonicalPath('/100%')).toBe('/100%25');
    expect(normalisedCanonicalPath('/a//b/../c/./d/')).toBe('/a/c/d/');
    expect(normalisedCanonicalPath('/../..')).toBe('/');
    expect(normalisedCanonicalPath('/a%2Fb')).toBe('/a%252Fb');
  });
  test('headers are trimmed, collapsed and joined, by blanks only and not by bytes of UTF-8 letters', () => {
    const headers = new RawHeaders(['x-a', ' b  c\t d ', 'X-A', ' e', 'x-b', '\u00c3\u00a0', 'x-c', '']);
    expect(canonicalHeaders(headers, ['x-a', 'x-b', 'x-c', 'x-missing'])).toBe(
      'x-a:b c d,e\nx-b:\u00c3\u00a0\nx-c:\nx-missing:\n',
    );
  });
  test('queries sort by name first, by bytes, and keep repeated and empty values', () => {
    const canonical = (query: string) => canonicalQuery(queryPairs(query));
    expect(canonical('b&a-b=2&a=1&a=0&A=%7e&c=x+y&d=%2b&=v')).toBe('=v&A=~&a=0&a=1&a-b=2&b=&c=x%20y&d=%2B');
    expect(canonical('a=1=2&&a')).toBe('a=&a=1%3D2');
  });
});

describe('the key cache', () => {
  const scope = (date_: string) => ({ date: date_, region: 'r', service: 's3' });
  test('keeps a bounded number of keys and the ones in use', () => {
    const cache = new SigningKeyCache(3);
    const hot = deriveSigningKey('secret', scope('hot'));
    cache.keep('AK', 'secret', scope('hot'), hot);
    for (let i = 0; i < 100; i += 1) {
      const key = cache.get('AK', 'secret', scope(String(i)));
      cache.keep('AK', 'secret', scope(String(i)), key);
      expect(cache.get('AK', 'secret', scope('hot'))).toBe(hot);
      expect(cache.size).toBeLessThanOrEqual(6);
    }
  });
  test('never answers with the key of an older secret', () => {
    const cache = new SigningKeyCache(3);
    cache.keep('AK', 'old', scope('d'), deriveSigningKey('old', scope('d')));
    const derived = cache.get('AK', 'new', scope('d'));
    expect(derived.export().equals(deriveSigningKey('new', scope('d')).export())).toBe(true);
  });
});

describe('other services give their own errors', () => {
  const wrong: Sent = { ...listBucket, target: '/?prefix=K' };
  test('JSON', async () => {
    expect(await check(wrong, day, 'json')).toBe('400 InvalidSignatureException');
    expect(await check(listBucket, day + 1e9, 'json')).toBe('400 InvalidSignatureException');
    expect(await check(listBucket, day, 'json', 'token')).toBe('400 UnrecognizedClientException');
  });
  test('query', async () => {
    expect(await check(wrong, day, 'query')).toBe('403 SignatureDoesNotMatch');
    expect(await check(listBucket, day, 'query', 'token')).toBe('403 InvalidClientTokenId');
  });
});
