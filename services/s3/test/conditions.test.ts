import { expect, test } from 'vitest';
import { checkCopySource, checkRead, checkWrite, checkWriteConditionForm } from '../engine/conditions.ts';
import { etagListed, etagText, multipartEtag, unquoteEtag } from '../engine/etag.ts';

const etag = { md5: Buffer.alloc(16, 0xab), parts: 0 };
const own = `"${'ab'.repeat(16)}"`;
const other = `"${'cd'.repeat(16)}"`;
const modifiedMs = Date.UTC(2026, 0, 1, 0, 0, 0) + 400;
const current = { etag, modifiedMs };
const second = 1000;

function verdict(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('If-Match goes before If-Unmodified-Since, If-None-Match before If-Modified-Since', () => {
  const past = modifiedMs - 10 * second;
  const future = modifiedMs + 10 * second;
  expect(verdict(() => checkRead({ ifMatch: own, ifUnmodifiedSinceMs: past }, current))).toBe('proceed');
  expect(verdict(() => checkRead({ ifMatch: other, ifUnmodifiedSinceMs: future }, current))).toBe(
    'PreconditionFailed',
  );
  expect(verdict(() => checkRead({ ifUnmodifiedSinceMs: past }, current))).toBe('PreconditionFailed');
  expect(verdict(() => checkRead({ ifNoneMatch: own, ifModifiedSinceMs: past }, current))).toBe(
    'not-modified',
  );
  expect(verdict(() => checkRead({ ifNoneMatch: other, ifModifiedSinceMs: future }, current))).toBe(
    'proceed',
  );
  expect(verdict(() => checkRead({ ifModifiedSinceMs: future }, current))).toBe('not-modified');
  expect(verdict(() => checkRead({ ifModifiedSinceMs: past }, current))).toBe('proceed');
  expect(verdict(() => checkRead({ ifMatch: other, ifNoneMatch: own }, current))).toBe('PreconditionFailed');
});

test('dates count whole seconds: the date an object shows is not before itself', () => {
  const shown = Math.floor(modifiedMs / 1000) * 1000;
  expect(verdict(() => checkRead({ ifModifiedSinceMs: shown }, current))).toBe('not-modified');
  expect(verdict(() => checkRead({ ifUnmodifiedSinceMs: shown }, current))).toBe('proceed');
});

test('a failed condition of a copy source is always 412', () => {
  expect(verdict(() => checkCopySource({ ifNoneMatch: own }, current))).toBe('PreconditionFailed');
  expect(verdict(() => checkCopySource({ ifModifiedSinceMs: modifiedMs }, current))).toBe(
    'PreconditionFailed',
  );
  expect(verdict(() => checkCopySource({ ifMatch: own }, current))).toBeUndefined();
});

test('a write knows If-None-Match and If-Match, one at a time', () => {
  expect(verdict(() => checkWriteConditionForm({ ifNoneMatch: '*' }))).toBeUndefined();
  expect(verdict(() => checkWrite({ ifNoneMatch: own }, current, 'k'))).toBe('PreconditionFailed');
  expect(verdict(() => checkWrite({ ifNoneMatch: other }, current, 'k'))).toBeUndefined();
  expect(verdict(() => checkWriteConditionForm({ ifNoneMatch: '*', ifMatch: own }))).toBe('NotImplemented');
  expect(verdict(() => checkWrite({ ifNoneMatch: '*' }, current, 'k'))).toBe('PreconditionFailed');
  expect(verdict(() => checkWrite({ ifNoneMatch: '*' }, undefined, 'k'))).toBeUndefined();
  expect(verdict(() => checkWrite({ ifMatch: own }, current, 'k'))).toBeUndefined();
  expect(verdict(() => checkWrite({ ifMatch: '*' }, current, 'k'))).toBeUndefined();
  expect(verdict(() => checkWrite({ ifMatch: other }, current, 'k'))).toBe('PreconditionFailed');
  expect(verdict(() => checkWrite({ ifMatch: own }, undefined, 'k'))).toBe('NoSuchKey');
  expect(verdict(() => checkWrite({}, current, 'k'))).toBeUndefined();
});

test('entity tags match with and without quotes, weak marks and in lists', () => {
  expect(etagListed(`${other}, ${own}`, etag)).toBe(true);
  expect(etagListed(unquoteEtag(own), etag)).toBe(true);
  expect(etagListed(`W/${own}`, etag)).toBe(true);
  expect(etagListed(own.toUpperCase(), etag)).toBe(true);
  expect(etagListed('*', etag)).toBe(true);
  expect(etagListed('', etag)).toBe(false);
  expect(etagListed(own, { md5: etag.md5, parts: 2 })).toBe(false);
});

test('the tag of an object in parts is the MD5 of MD5s and the number of parts', () => {
  // md5("a") and md5("b"); the outer value comes from Python's hashlib.
  const a = Buffer.from('0cc175b9c0f1b6a831c399e269772661', 'hex');
  const b = Buffer.from('92eb5ffee6ae2fec3ad71c777531578f', 'hex');
  expect(etagText(multipartEtag([a, b]))).toBe('96e024ba2074fe77e8e965ba43a704be-2');
});
