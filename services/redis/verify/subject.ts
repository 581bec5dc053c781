/**
 * What a Redis proof is about, as a text: `redis://database/key`, or `redis://database/key?element=name` of a hash's field or a
 * member of a set. Bytes other than printable ASCII, `%` and `?` are written as `%XX`, so that there is one text for each.
 * Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';

export interface RedisSubject {
  /** 0 to 15. */
  readonly database: number;
  readonly key: Uint8Array;
  /** Field of a hash, or member of a set or sorted set; undefined: the whole value. */
  readonly element: Uint8Array | undefined;
}

export function subjectText({ database, key, element }: RedisSubject): string {
  const place = `redis://${database}/${escaped(key)}`;
  return element === undefined ? place : `${place}?element=${escaped(element)}`;
}

/** @throws ProofRefused unless it is exactly what `subjectText` makes */
export function parseSubject(text: string): RedisSubject {
  const found = /^redis:\/\/(\d{1,2})\/([\x21-\x3e\x40-\x7e]*)(?:\?element=([\x21-\x7e]*))?$/.exec(text);
  if (found === null) throw new ProofRefused('the subject is not of the form redis://database/key');
  const [, database, key, element] = found as unknown as [string, string, string, string | undefined];
  const subject = {
    database: Number(database),
    key: unescaped(key),
    element: element === undefined ? undefined : unescaped(element),
  };
  if (subject.database > 15 || subjectText(subject) !== text) {
    throw new ProofRefused('the subject is not in its canonical form');
  }
  return subject;
}

/** As names stand in subjects. */
export function escaped(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text +=
      byte > 0x20 && byte < 0x7f && byte !== 0x25 && byte !== 0x3f
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

function unescaped(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '%') bytes.push(text.charCodeAt(at));
    else {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16));
      at += 2;
    }
  }
  return Uint8Array.from(bytes);
}
